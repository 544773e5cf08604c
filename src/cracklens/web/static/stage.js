// Takes photos as tiles; gives them on a stage that zooms, the next ones ready before they are asked for. Knows no cracks.

const READY = 2;

export class Stage {
  constructor(place, scene) {
    this.scene = scene;
    this.items = new Map();
    this.shown = null;
    this.viewer = OpenSeadragon({
      element: place,
      drawer: "canvas",
      showNavigationControl: false,
      showNavigator: false,
      animationTime: 0.25,
      blendTime: 0,
      immediateRender: true,
      imageLoaderLimit: 8,
      maxImageCacheCount: 600,
      maxZoomPixelRatio: 8,
      visibilityRatio: 0.4,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
      gestureSettingsTouch: { clickToZoom: false, dblClickToZoom: true },
      gestureSettingsPen: { clickToZoom: false },
    });
    this.viewer.addHandler("canvas-key", (event) => { event.preventDefaultAction = true; });
    for (const name of ["update-viewport", "resize", "animation"]) this.viewer.addHandler(name, () => this.lay());
  }

  // Make a photo ready without showing it; gives its item once its tiles are being read.
  add(id, photo) {
    if (!this.items.has(id)) this.items.set(id, this.open(photo));
    return this.items.get(id);
  }

  open(photo) {
    const { height, width, tile_px: side, levels } = photo.tiles;
    const box = this.viewer.container.getBoundingClientRect();
    return new Promise((give, refuse) => this.viewer.addTiledImage({
      tileSource: {
        width, height, tileSize: side, tileOverlap: 0, minLevel: 0, maxLevel: levels - 1,
        getTileUrl: (level, x, y) => `/tiles/${photo.photo.sha256}/${level}/${x}_${y}.jpg`,
      },
      fitBounds: new OpenSeadragon.Rect(0, 0, 1, box.height / Math.max(box.width, 1)),
      opacity: 0,
      preload: true,
      success: ({ item }) => give(item),
      error: ({ message }) => refuse(new Error(message)),
    }));
  }

  // Show a photo whole; gives when every tile of it that is in view is drawn.
  async show(id, photo) {
    const item = await this.add(id, photo);
    for (const [other, made] of this.items) if (other !== id) made.then((one) => one.setOpacity(0));
    item.setOpacity(1);
    this.shown = { id, item, photo };
    this.whole(true);
    this.lay();
    return new Promise((give) => {
      const done = () => requestAnimationFrame(() => give(item));
      if (item.getFullyLoaded()) done();
      else item.whenFullyLoaded(done);
    });
  }

  // Forget all photos but these.
  keep(ids) {
    for (const [id, made] of this.items) {
      if (ids.includes(id)) continue;
      this.items.delete(id);
      made.then((item) => this.viewer.world.removeItem(item));
    }
  }

  // Show no photo: one without tiles.
  none() {
    this.shown = null;
    for (const made of this.items.values()) made.then((one) => { if (!this.shown) one.setOpacity(0); });
  }

  whole(atOnce = false) {
    if (this.shown) this.viewer.viewport.fitBounds(this.shown.item.getBounds(), atOnce);
  }

  zoomTo([x0, y0, x1, y1]) {
    if (!this.shown) return;
    const around = 0.35 * Math.max(x1 - x0, y1 - y0, 200);
    const rect = new OpenSeadragon.Rect(x0 - around, y0 - around, x1 - x0 + 2 * around, y1 - y0 + 2 * around);
    this.viewer.viewport.fitBounds(this.shown.item.imageToViewportRectangle(rect));
  }

  // Say whether a place of the photo is in view for its greater part.
  sees([x0, y0, x1, y1]) {
    const seen = this.shown?.item.viewportToImageRectangle(this.viewer.viewport.getBounds());
    if (!seen) return true;
    const across = Math.min(x1, seen.x + seen.width) - Math.max(x0, seen.x);
    const down = Math.min(y1, seen.y + seen.height) - Math.max(y0, seen.y);
    return across > 0.6 * (x1 - x0) && down > 0.6 * (y1 - y0);
  }

  // Lay the drawing over the photo.
  lay() {
    if (!this.shown) return;
    const { item } = this.shown;
    const at = (x, y) => item.imageToViewerElementCoordinates(new OpenSeadragon.Point(x, y));
    const [a, b, c] = [at(0, 0), at(1000, 0), at(0, 1000)];
    const sides = [b.x - a.x, b.y - a.y, c.x - a.x, c.y - a.y].map((side) => side / 1000);
    this.scene.setAttribute("transform", `matrix(${sides.join(" ")} ${a.x} ${a.y})`);
    this.scale = Math.hypot(sides[0], sides[1]);
  }

  // Say which px of the photo is in the middle, and how many px of the screen one has.
  place() {
    const { item } = this.shown, { viewport } = this.viewer;
    const { x, y } = item.viewportToImageCoordinates(viewport.getCenter(true));
    return { xy: [x, y], scale: item.viewportToImageZoom(viewport.getZoom(true)) };
  }

  // Show such a place, at once.
  put({ xy, scale }) {
    const { item } = this.shown, { viewport } = this.viewer;
    viewport.zoomTo(item.imageToViewportZoom(scale), null, true);
    viewport.panTo(item.imageToViewportCoordinates(new OpenSeadragon.Point(...xy)), true);
  }

  // Stay where it is, on the way to wherever it may be.
  halt() {
    const { viewport } = this.viewer;
    viewport.zoomTo(viewport.getZoom(true), null, true);
    viewport.panTo(viewport.getCenter(true), true);
  }

  turn(degrees) { this.viewer.viewport.setRotation(degrees, true); }

  // Give the px of the photo under a place on the stage.
  px(position) {
    const point = this.shown.item.viewerElementToImageCoordinates(position);
    return [point.x, point.y];
  }
}

export { READY };
