/** The map itself: MapLibre on our own shapes, without tiles, fonts or anything from another host. */
import {
  Map as MapLibre,
  Marker,
  setWorkerCount,
  setWorkerUrl,
  type GeoJSONSource,
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import type { FeatureCollection } from 'geojson';
import type { Point } from './ground';

export interface Colours {
  ground: string;
  district: string;
  outline: string;
  area: string;
}

interface ScriptUrls {
  createPolicy(name: string, rules: { createScriptURL: (address: string) => string }): unknown;
}

let prepared = false;

/** Lets the page start the map's own worker, and no other script: see the page's policy. */
function prepare(): void {
  if (prepared) return;
  prepared = true;
  const own = new URL(workerUrl, location.href).href;
  const types = (window as { trustedTypes?: ScriptUrls }).trustedTypes;
  types?.createPolicy('default', {
    createScriptURL: (address) => {
      if (new URL(address, location.href).href === own) return address;
      throw new TypeError(`not a script of the page: ${address}`);
    },
  });
  setWorkerUrl(own);
  setWorkerCount(1);
}

/** Whether the browser can draw the map. */
export function canDraw(): boolean {
  return document.createElement('canvas').getContext('webgl2') !== null;
}

function shape(polygons: readonly (readonly Point[])[]): FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: polygons
      .filter((corners) => corners.length > 0)
      .map((corners) => {
        const ring = corners.map(({ lon, lat }): [number, number] => [lon, lat]);
        return {
          type: 'Feature',
          properties: {},
          geometry:
            ring.length < 3
              ? { type: 'LineString', coordinates: ring.length === 1 ? [...ring, ...ring] : ring }
              : { type: 'Polygon', coordinates: [[...ring, ring[0] as [number, number]]] },
        };
      }),
  };
}

/** A map in an element, with districts as areas, and an area that somebody draws. */
export class SitesMap {
  private readonly map: MapLibre;
  private markers: Marker[] = [];

  constructor(
    container: HTMLElement,
    bounds: [number, number, number, number],
    districts: readonly (readonly Point[])[],
    colours: Colours,
    title: string,
  ) {
    prepare();
    const data = (polygons: readonly (readonly Point[])[]) =>
      ({ type: 'geojson', data: shape(polygons) }) as const;
    const outline = { 'line-width': 1.5, 'line-dasharray': [3, 2] };
    this.map = new MapLibre({
      container,
      bounds,
      fitBoundsOptions: { padding: 48 },
      style: {
        version: 8,
        sources: { districts: data(districts), area: data([]) },
        layers: [
          { id: 'ground', type: 'background', paint: { 'background-color': colours.ground } },
          {
            id: 'districts',
            type: 'fill',
            source: 'districts',
            filter: ['==', ['geometry-type'], 'Polygon'],
            paint: { 'fill-color': colours.district, 'fill-opacity': 0.55 },
          },
          {
            id: 'outlines',
            type: 'line',
            source: 'districts',
            paint: { 'line-color': colours.outline, ...outline },
          },
          {
            id: 'area',
            type: 'fill',
            source: 'area',
            filter: ['==', ['geometry-type'], 'Polygon'],
            paint: { 'fill-color': colours.area, 'fill-opacity': 0.18 },
          },
          {
            id: 'edge',
            type: 'line',
            source: 'area',
            paint: { 'line-color': colours.area, 'line-width': 2.5 },
          },
        ],
      },
      attributionControl: false,
      maplibreLogo: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      renderWorldCopies: false,
      maxZoom: 19,
      locale: { 'Map.Title': title },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
  }

  /** Puts an element at a point of the map. */
  mark(element: HTMLElement, { lat, lon }: Point): void {
    this.markers.push(
      new Marker({ element, anchor: 'center' }).setLngLat([lon, lat]).addTo(this.map),
    );
  }

  clearMarks(): void {
    for (const marker of this.markers) marker.remove();
    this.markers = [];
  }

  /** Draws the area of somebody's choice; none without corners. */
  drawArea(corners: readonly Point[]): void {
    const draw = (): void => {
      void this.map.getSource<GeoJSONSource>('area')?.setData(shape([corners]));
    };
    if (this.map.isStyleLoaded()) draw();
    else void this.map.once('idle', draw);
  }

  /** Whether dragging moves the map; else something is drawn. */
  setMoving(on: boolean): void {
    if (on) {
      this.map.dragPan.enable();
      this.map.doubleClickZoom.enable();
    } else {
      this.map.dragPan.disable();
      this.map.doubleClickZoom.disable();
    }
  }

  /** The point of the ground under a place of the window. */
  pointAt(event: { clientX: number; clientY: number }): Point {
    const { left, top } = this.map.getCanvas().getBoundingClientRect();
    const { lng, lat } = this.map.unproject([event.clientX - left, event.clientY - top]);
    return { lat, lon: lng };
  }

  whenZoomed(tell: (zoom: number) => void): void {
    this.map.on('zoom', () => tell(this.map.getZoom()));
    tell(this.map.getZoom());
  }

  zoom(by: number): void {
    this.map.zoomTo(this.map.getZoom() + by);
  }

  /** Shows a part of the ground: west, south, east and north. */
  show(bounds: [number, number, number, number] | null): void {
    if (bounds) this.map.fitBounds(bounds, { padding: 64 });
  }

  leave(): void {
    this.clearMarks();
    this.map.remove();
  }
}
