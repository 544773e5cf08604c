// Takes a photo and its earlier date; gives both side by side, lines by what became of them. Decides nothing.

import { $, element } from "./api.js";
import { change, lost, nearest, stateClass, svg } from "./drawing.js";
import { Stage } from "./stage.js";
import { Together } from "./together.js";

const GONE = ["GONE", "REPAIRED", "NOT VISIBLE"];

// A photo's view with what became of each crack, and the lines of the earlier date that are gone.
export function withDate(view, earlier) {
  const changes = earlier?.changes ?? [];
  const byCrack = new Map(changes.filter((of) => of.crack).map((of) => [of.crack, of]));
  for (const of of view.cracks) of.change = byCrack.get(of.id) ?? null;
  return Object.assign(view, { earlier, lost: changes.filter((of) => !of.crack && GONE.includes(of.state)) });
}

export class Dates {
  // pick: called with the change whose line on the earlier photo was clicked.
  constructor(newer, pick) {
    this.newer = newer;
    this.pick = pick;
    this.on = false;
    this.older = null;
  }

  async toggle(view) {
    const whole = view.tiles && this.newer.sees([0, 0, view.tiles.width, view.tiles.height]);
    const resized = new Promise((give) => this.newer.viewer.addOnceHandler("after-resize", give));
    this.on = !this.on;
    this.view = view;
    document.querySelector("main").classList.toggle("split", this.on);
    $("over").classList.toggle("by-state", this.on);
    $("dates").setAttribute("aria-pressed", this.on);
    for (const id of ["earlier", "today", "legend", "date-notes"]) $(id).hidden = !this.on;
    await resized;
    if (whole) this.newer.whole(true);
    await this.show(this.view); // which may be another by now
  }

  // Show the earlier date of a photo, where both dates are on the page.
  async show(view) {
    this.view = view;
    delete document.body.dataset.dated;
    if (!this.on) return;
    const { earlier, photo } = view;
    this.draw(view);
    this.say(earlier, photo);
    this.together?.untie();
    if (!earlier.tiles || !view.tiles) return;
    this.begin();
    this.older.keep([photo.id]);
    await this.older.show(photo.id, { tiles: earlier.tiles, photo: { sha256: earlier.sha256 } });
    if (this.view !== view || !this.on) return;
    this.together.tie(earlier.old_to_new, [earlier.tiles.width / 2, earlier.tiles.height / 2]);
    document.body.dataset.dated = photo.id;
  }

  // A stage needs a place that has a size: it is made once both dates are shown.
  begin() {
    if (this.older) return;
    this.older = new Stage($("earlier-stage"), $("earlier-scene"));
    this.together = new Together(this.older, this.newer);
    this.older.viewer.addHandler("canvas-click", (event) => {
      if (!event.quick || !this.older.shown) return;
      const found = nearest({ cracks: this.view.earlier.changes }, this.older.px(event.position), 12 / this.older.scale);
      if (found) this.pick(found);
    });
  }

  say(earlier, photo) {
    const taken = earlier.taken_at ? `, ${earlier.taken_at.replace("T", " ")}` : "";
    $("earlier-date").textContent = earlier.reason ? "Earlier" : `Earlier: ${earlier.source}, ${earlier.name}${taken}`;
    $("today").textContent = `Today: ${photo.name}`;
    $("earlier-stage").hidden = !earlier.tiles;
    $("earlier-none").hidden = Boolean(earlier.tiles);
    $("earlier-none").textContent = earlier.reason
      ? `No earlier photo: ${earlier.reason.replace(/\.$/, "")}.`
      : "The earlier photo is not there: its tiles are being made, or its file is lost. Wait a moment, or compare again.";
    $("date-notes").replaceChildren(...earlier.notes.map((text) => element("li", { text })));
  }

  // Draw the lines of the earlier date and say what the colours and dashes mean.
  draw(view) {
    const { earlier } = view;
    document.querySelector("#scene .lost")?.replaceChildren(...lost(view));
    const lines = svg("g", { class: "layer traces" }, ...earlier.changes.map((of) => change(of, of.lines)));
    $("earlier-scene").replaceChildren(lines);
    const n = new Map();
    const short = view.cracks.filter((of) => !of.listed && of.decision === "open" && !of.by_hand).map((of) => of.id);
    for (const { state, crack } of earlier.changes) n.set(state, (n.get(state) ?? 0) + !short.includes(crack));
    $("legend").replaceChildren(...[...n].map(([state, count]) => element("li", {}, sample(state), `${count || ""} ${state}`)));
  }
}

const sample = (state) => svg("svg", { class: "drawn by-state", viewBox: "0 0 48 14", "aria-hidden": "true" },
  svg("g", { class: `crack ${stateClass(state)}` }, ...["case", "line"].map((name) => svg("path", { class: name, d: "M3 7H45" }))));
