"""Draw pictures by Panda3D's software renderer (`p3tinydisplay`): no display, no GL.

This is the only module that imports Panda3D, which has a single engine per process (`ShowBase`):
a process has at most one open `PandaRenderer`, and Panda3D itself refuses a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from direct.showbase.ShowBase import ShowBase
from numpy.typing import NDArray
from panda3d.core import (
    AmbientLight,
    Camera,
    ColorAttrib,
    CullFaceAttrib,
    DirectionalLight,
    Fog,
    FogAttrib,
    Geom,
    GeomNode,
    GeomTriangles,
    GeomVertexData,
    GeomVertexFormat,
    GraphicsOutput,
    LightAttrib,
    NodePath,
    PerspectiveLens,
    RenderState,
    SamplerState,
    TextureAttrib,
    TransparencyAttrib,
    loadPrcFileData,
)
from panda3d.core import BitMask32 as Mask
from panda3d.core import Texture as PandaTexture
from PIL import Image

from footage.errors import BadInput
from lab.scenes.mesh import Mesh, MeshBuilder, Slab
from lab.scenes.movers import Mover, Pose
from lab.scenes.palette import Light
from lab.scenes.shapes import SIZES, body_of
from lab.scenes.street_mesh import Part, textures
from lab.scenes.view import ASPECT, NEAR_M, View
from lab.scenes.weather import Sky, sky_of

FAR_M = 300.0
OVERSAMPLE = 2
"""Factor by which pictures are drawn larger, then averaged: the renderer itself has hard edges."""
ID_STEP, MOST_IDS = 4, 63
"""Distance of ids in the red of the id pass, which is read back in 256 steps; most ids in a map."""
_PICTURE, _IDS = Mask.bit(0), Mask.bit(1)


@dataclass(frozen=True, slots=True)
class Shown:
    """A mover to draw, and the pose."""

    mover: Mover
    pose: Pose


class PandaRenderer:
    """Draws streets and movers as pictures and as maps of mover ids, both [height, width]."""

    def __init__(self, width: int = 640, height: int = 360) -> None:
        """Open the off-screen engine for pictures of `width` by `height` pixels."""
        self._size = (width, height)
        wide, high = width * OVERSAMPLE, height * OVERSAMPLE
        loadPrcFileData(
            "",
            "load-display p3tinydisplay\nwindow-type offscreen\naudio-library-name null\n"
            f"win-size {wide} {high}\nnotify-level error\nnotify-level-x11display fatal\n"
            "notify-level-device fatal\nprint-pipe-types 0\n",
        )
        self._base: Any = ShowBase(windowType="offscreen")
        self._base.disableMouse()
        self._target = PandaTexture()
        self._base.win.addRenderTexture(self._target, GraphicsOutput.RTMCopyRam)
        self._region = self._base.cam.node().getDisplayRegion(0)
        self._lens = PerspectiveLens()
        self._lens.setNearFar(NEAR_M, FAR_M)
        self._lens.setAspectRatio(ASPECT)
        self._textures = {t: _texture(p) for t, p in textures().items()}
        self._shapes: dict[tuple[object, ...], NodePath] = {}
        self._root = NodePath("root")
        self._picture_camera = self._camera("picture", _PICTURE)
        self._id_camera = self._camera("ids", _IDS)
        self._id_camera.node().setInitialState(_flat((0.0, 0.0, 0.0)))
        self._id_camera.node().setTagStateKey("id")
        self._marked = 0
        self._sky = sky_of(Light.DAY)

    def close(self) -> None:
        """Close the engine; another renderer may then be opened in this process."""
        self._base.destroy()

    def set_scene(self, parts: Sequence[Part], view: View, sky: Sky) -> None:
        """Replace the street, the camera's view and the light."""
        self._root.removeNode()
        self._root = NodePath("root")
        self._sky = sky
        street = self._root.attachNewNode("street")
        for part in parts:
            node = street.attachNewNode(_geom(part.mesh, lit=not part.shines))
            if part.texture in self._textures:
                node.setTexture(self._textures[part.texture])
            if part.shines:
                node.setLightOff(1)
        self._lens.setFov(view.fov_deg)
        for camera in (self._picture_camera, self._id_camera):
            camera.reparentTo(self._root)
            camera.setPos(*view.position)
            camera.lookAt(*view.target)
        self._base.win.setClearColor((*sky.colour, 1.0))
        _light(self._root, sky)
        self._shapes.clear()

    def picture(self, shown: Sequence[Shown]) -> NDArray[np.uint8]:
        """Draw the movers in the scene: RGB [height, width, 3], top row first."""
        group = self._place(shown)
        self._base.win.setClearColor((*self._sky.colour, 1.0))
        pixels = self._draw(self._picture_camera)
        group.detachNode()
        image = Image.fromarray(pixels).reduce(OVERSAMPLE)
        return np.flipud(np.asarray(image))

    def ids(self, shown: Sequence[Shown]) -> NDArray[np.uint8]:
        """Draw the map of movers: per pixel the index in `shown` + 1, else 0; [height, width].

        Raises:
            BadInput: more than 63 movers.
        """
        if len(shown) > MOST_IDS:
            raise BadInput(f"an id map tells {MOST_IDS} movers apart, {len(shown)} given")
        self._mark(len(shown))
        group = self._place(shown)
        self._base.win.setClearColor((0.0, 0.0, 0.0, 1.0))
        pixels = self._draw(self._id_camera)
        group.detachNode()
        values = np.rint(pixels[::OVERSAMPLE, ::OVERSAMPLE, 0] / ID_STEP).astype(np.uint8)
        return np.flipud(values)

    def _mark(self, count: int) -> None:
        """Give the id pass a flat colour for each of the first `count` tags."""
        for index in range(self._marked, count):
            colour = ((index + 1) * ID_STEP / 255.0, 0.0, 0.0)
            self._id_camera.node().setTagState(str(index + 1), _flat(colour))
        self._marked = max(self._marked, count)

    def _camera(self, name: str, mask: Mask) -> NodePath:
        node = Camera(name, self._lens)
        node.setCameraMask(mask)
        return self._root.attachNewNode(node)

    def _draw(self, camera: NodePath) -> NDArray[np.uint8]:
        self._region.setCamera(camera)
        self._base.graphicsEngine.renderFrame()
        wide, high = self._target.getXSize(), self._target.getYSize()
        data = np.frombuffer(memoryview(self._target.getRamImageAs("RGB")), np.uint8)
        return data.reshape(high, wide, 3)

    def _place(self, shown: Sequence[Shown]) -> NodePath:
        group = self._root.attachNewNode("movers")
        for index, item in enumerate(shown):
            node = self._shape(item.mover).copyTo(group)
            node.setPos(item.pose.x, item.pose.y, 0.02)
            node.setH(item.pose.heading_deg)
            swing = 1.0 - abs((item.pose.step % 1.0) * 4.0 - 2.0)
            for limb in node.findAllMatches("**/=swing"):
                limb.setP(0)
                limb.setR(float(limb.getTag("swing")) * swing)
            tag = str(index + 1)
            node.setTag("id", tag)
        return group

    def _shape(self, mover: Mover) -> NodePath:
        key = (mover.kind, mover.colour, mover.tint, mover.extra)
        if key not in self._shapes:
            self._shapes[key] = self._build(mover)
        return self._shapes[key]

    def _build(self, mover: Mover) -> NodePath:
        body = body_of(mover.kind, mover.look)
        node = NodePath("mover")
        node.attachNewNode(_geom(body.solid))
        for limb in body.limbs:
            joint = node.attachNewNode("joint")
            joint.setPos(*limb.pivot)
            joint.setTag("swing", str(limb.swing_deg))
            joint.attachNewNode(_geom(limb.mesh))
        if body.lamps is not None:
            lamps = node.attachNewNode(_geom(body.lamps, lit=not self._sky.lamps_on))
            if self._sky.lamps_on:
                lamps.setLightOff(1)
        self._add_ground_quads(node, mover)
        return node

    def _add_ground_quads(self, node: NodePath, mover: Mover) -> None:
        """Add the contact shadow and, when lamps are on, the pool of the head lamps."""
        length, width, _ = SIZES[mover.kind]
        m = MeshBuilder()
        for grow, alpha in ((1.0, 0.30), (1.12, 0.22)):
            x, y = length / 2 * grow, width / 2 * grow + 0.05
            m.slab(Slab(-x, x, -y, y, 0.02 * grow), (0.0, 0.0, 0.0), alpha=alpha * self._sky.shadow)
        if self._sky.lamps_on and body_has_lamps(mover):
            for reach, half, alpha in ((3.0, 0.7, 0.22), (6.5, 1.3, 0.14)):
                slab = Slab(length / 2 + 0.3, length / 2 + reach, -half, half, 0.06)
                m.slab(slab, (1.0, 0.95, 0.75), alpha=alpha)
        quads = node.attachNewNode(_geom(m.build(), lit=False))
        quads.setTransparency(TransparencyAttrib.MAlpha)
        quads.setDepthWrite(False)
        quads.setLightOff(1)
        quads.hide(_IDS)


def body_has_lamps(mover: Mover) -> bool:
    """Whether a mover carries head lamps."""
    return mover.kind.value not in {"person", "bicycle"}


def _geom(mesh: Mesh, *, lit: bool = True) -> GeomNode:
    """Load a mesh; with `lit`, undo that the renderer multiplies by the vertex colour twice."""
    vertices = mesh.vertices
    if lit:
        vertices = vertices.copy()
        vertices["c"][:, :3] = np.sqrt(vertices["c"][:, :3] / 255.0) * 255.0
    data = GeomVertexData("mesh", GeomVertexFormat.getV3n3c4t2(), Geom.UHStatic)
    data.uncleanSetNumRows(len(vertices))
    view = memoryview(data.modifyArray(0)).cast("B")
    view[:] = vertices.tobytes()
    triangles = GeomTriangles(Geom.UHStatic)
    triangles.setIndexType(Geom.NTUint32)
    indices = triangles.modifyVertices()
    indices.uncleanSetNumRows(mesh.triangles.size)
    memoryview(indices).cast("B")[:] = mesh.triangles.astype("<u4").tobytes()
    geom = Geom(data)
    geom.addPrimitive(triangles)
    node = GeomNode("mesh")
    node.addGeom(geom)
    node.setAttrib(ColorAttrib.makeVertex())
    return node


def _texture(grey: NDArray[np.uint8]) -> PandaTexture:
    texture = PandaTexture()
    high, wide = grey.shape
    texture.setup2dTexture(wide, high, PandaTexture.TUnsignedByte, PandaTexture.FRgb)
    texture.setRamImage(np.repeat(np.flipud(grey)[:, :, None], 3, axis=2).tobytes())
    texture.setWrapU(SamplerState.WMRepeat)
    texture.setWrapV(SamplerState.WMRepeat)
    return texture


def _flat(rgb: tuple[float, float, float]) -> RenderState:
    state = RenderState.make(ColorAttrib.makeFlat((*rgb, 1.0)), 100)
    for attrib in (
        LightAttrib.makeAllOff(),
        TextureAttrib.makeAllOff(),
        FogAttrib.makeOff(),
        CullFaceAttrib.makeDefault(),
    ):
        state = state.setAttrib(attrib, 100)
    return state


def _light(root: NodePath, sky: Sky) -> None:
    ambient = AmbientLight("ambient")
    ambient.setColor((*sky.ambient, 1.0))
    root.setLight(root.attachNewNode(ambient))
    for colour, (heading, pitch) in zip(sky.suns, sky.sun_angles, strict=True):
        sun = DirectionalLight("sun")
        sun.setColor((*colour, 1.0))
        node = root.attachNewNode(sun)
        node.setHpr(heading, pitch, 0)
        root.setLight(node)
    if sky.fog_m is not None:
        fog = Fog("haze")
        fog.setColor(*sky.colour)
        fog.setLinearRange(*sky.fog_m)
        root.setFog(fog)
