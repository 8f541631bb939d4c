"""Options by which FFmpeg reads of a file nothing but that file's own bytes.

Some formats are lists of other files: a text of 140 bytes named `film.mp4` that begins with
`ffconcat` would be read as the recordings that the text names, and be entered as another camera's
footage. FFmpeg decides by content, never by name. So only demuxers are allowed that carry their
pictures themselves, and no protocol but that of local files. External data references of MP4 are
off in FFmpeg unless asked for, and Matroska's linked segments are not followed.
"""

from __future__ import annotations

from typing import Any, Final

_FORMATS: Final = (
    "asf,av1,avi,cavsvideo,dhav,dv,evc,flv,gxf,h261,h263,h264,hevc,ifv,iv8,ivf,kux,live_flv,lmlm4,"
    "lxf,m4v,matroska,webm,mjpeg,mov,mp4,m4a,3gp,3g2,mj2,mpeg,mpegts,mpegvideo,mpjpeg,mxf,nsv,nut,"
    "obu,ogg,rm,vc1,vvc,wtv"
)
"""Names of demuxers, of those that hold video a camera or recorder may write. Left out: lists
(`concat dash hls imf image2 webm_dash_manifest`), addresses (`rtp rtsp sap sdp`), devices, scripts
(`avisynth lavfi vapoursynth`), pictures alone and sound alone."""

OWN_BYTES: Final[dict[str, Any]] = {"format_whitelist": _FORMATS, "protocol_whitelist": "file,pipe"}
"""Input options; for `file:` addresses and pipes."""

REFUSED: Final = "Format not on whitelist"
"""Part of FFmpeg's message about a format that is not allowed (5.1 and 9.0)."""
EXTERNAL: Final = "Skipped opening external track"
"""Part of FFmpeg's message about a track whose samples lie in another file."""
