// Takes two stages and how the photo of one lies in that of the other; gives them moved and zoomed as one. Draws nothing.

import { inverse, moved, near } from "./homography.js";

const CLOSE_PX = 0.5, CLOSE_TIMES = 1e-3;

export class Together {
  constructor(older, newer) {
    this.ways = new Map();
    this.told = new Map();
    this.newer = newer;
    this.older = older;
    for (const [stage, other] of [[older, newer], [newer, older]]) {
      stage.viewer.addHandler("viewport-change", () => this.lead(stage, other));
      for (const move of ["pan", "zoom"]) {
        // who sets out somewhere leads: the other, still on its way, would pull it back
        stage.viewer.addHandler(move, ({ immediately }) => immediately || !this.ways.size || other.halt());
      }
    }
  }

  // Tie the photos that are shown; the older one is turned so that both are seen the same way up.
  tie(oldToNew, middle) {
    this.ways = new Map([[this.older, oldToNew], [this.newer, inverse(oldToNew)]]);
    this.told.clear();
    this.older.turn(near(oldToNew, middle).degrees);
    this.lead(this.newer, this.older);
  }

  untie() { this.ways.clear(); }

  // Let one follow the other, but for what it was told itself: so none leads for having followed.
  lead(stage, other) {
    const way = this.ways.get(stage);
    if (!way || !stage.shown || !other.shown) return;
    const place = stage.place();
    if (this.isTold(stage, place)) return;
    const there = { xy: moved(way, place.xy), scale: place.scale / near(way, place.xy).times };
    this.told.delete(stage);
    this.told.set(other, there);
    other.put(there);
  }

  isTold(stage, { xy, scale }) {
    const told = this.told.get(stage);
    if (!told) return false;
    const far = Math.hypot(xy[0] - told.xy[0], xy[1] - told.xy[1]) * scale;
    return far < CLOSE_PX && Math.abs(scale / told.scale - 1) < CLOSE_TIMES;
  }
}
