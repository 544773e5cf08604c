// Takes clicks on the stage while a tool is in hand; gives lines, cuts, joins and lengths. Decides nothing.

import { $, ask, say } from "./api.js";
import { svg } from "./drawing.js";

const pair = (line) => Array.from({ length: line.length / 2 }, (_, i) => [line[2 * i], line[2 * i + 1]]);
const path = (points) => points.map(([x, y], i) => `${i ? "L" : "M"}${x} ${y}`).join("");

const UNKEPT = "A line is being drawn: Enter keeps it, Esc gives it up.";

export class Hand {
  // desk: { photo(), chosen(), pxPerMm(), change(work), again(photo, id) } of the page.
  constructor(stage, desk) {
    this.stage = stage;
    this.desk = desk;
    this.tool = null;
    this.points = [];
    this.lines = [];
    $("mode-keep").addEventListener("click", () => this.keep());
    $("mode-back").addEventListener("click", () => this.back());
    $("mode-end").addEventListener("click", () => this.drop());
  }

  get busy() { return this.tool !== null; }

  // Whether a line is drawn that is neither kept nor on its way.
  get line() { return this.tool === "draw" && this.points.length > 1 && !this.sent; }

  // Say that such a line goes first, and give whether there is one.
  unkept() {
    if (this.line) say(UNKEPT, { bad: true });
    return this.line;
  }

  take(tool, said, of = null) {
    if (this.unkept()) return undefined;
    if (this.tool === tool) return this.drop();
    this.drop();
    if (!this.stage.shown) return say("The tiles of this photo are still being made.");
    this.tool = tool;
    this.of = of;
    $("mode-said").textContent = said;
    for (const name of ["keep", "back"]) $(`mode-${name}`).hidden = tool !== "draw";
    $("mode").hidden = false;
    $("stage").classList.add("in-hand");
    return undefined;
  }

  drop() {
    this.tool = this.of = null;
    this.points = [];
    this.lines = [];
    this.held = null;
    this.sent = false;
    $("mode").hidden = true;
    $("stage").classList.remove("in-hand");
    this.show();
  }

  draw() { this.take("draw", "Click along the crack."); }
  measure() { this.take("measure", "Click two points."); }
  scale() { this.take("scale", "Click both ends of a length that you know."); }
  cut() { this.ofChosen("cut", "Click where the crack is to be cut."); }
  join() { this.ofChosen("join", "Click the crack to join to the chosen one."); }
  move() { this.ofChosen("move", "Click a point of the crack, then where it belongs."); }
  thin() { this.ofChosen("thin", "Click the point of the crack to take away."); }

  ofChosen(tool, said) { if (this.desk.chosen()) this.take(tool, said, this.desk.chosen()); }

  async click(at) {
    const act = { draw: this.clickDraw, measure: this.clickTwo, scale: this.clickTwo, cut: this.clickCut, join: this.clickJoin, move: this.clickMove, thin: this.clickThin }[this.tool];
    if (!act || this.sent) return;
    try {
      await act.call(this, at);
    } catch (error) {
      say(error.message, { bad: true });
    }
  }

  async clickDraw(at) {
    this.points.push(at);
    this.show();
    if (this.points.length < 2) return;
    const points = this.points, [from, to] = points.slice(-2), n = points.length;
    const { line } = await ask(`/api/photos/${this.desk.photo()}/snap`, { method: "POST", body: { points: [from, to] } });
    if (this.points !== points || points.length < n) return;
    this.lines[n - 2] = pair(line);
    this.show();
  }

  back() {
    if (this.sent) return;
    this.points.pop();
    this.lines.length = Math.max(this.points.length - 1, 0);
    this.show();
  }

  // Keep the line; it stays in hand until the server has it.
  async keep() {
    if (!this.line) return;
    const photo = this.desk.photo(), points = this.points;
    this.sent = true;
    await this.desk.change(async () => {
      const { ids } = await ask(`/api/photos/${photo}/cracks`, { method: "POST", body: { points } });
      if (this.points === points) this.drop();
      await this.desk.again(photo, ids[0]);
      say("Drawn and confirmed.");
    });
    if (this.points === points) this.sent = false;
  }

  async clickTwo(at) {
    this.points = this.points.length > 1 ? [at] : [...this.points, at];
    this.show();
    if (this.points.length < 2) return;
    const [[x0, y0], [x1, y1]] = this.points, apart = Math.hypot(x1 - x0, y1 - y0), scale = this.desk.pxPerMm();
    if (this.tool === "scale") this.desk.scaled(this.points);
    else say(scale ? `${(apart / scale).toFixed(apart / scale < 10 ? 2 : 1)} mm (${apart.toFixed(0)} px)` : `${apart.toFixed(1)} px; set the scale for millimetres`);
  }

  async clickCut(at) { await this.send("cut", "POST", { at }, "Cut in two."); }

  async clickJoin(at) {
    const other = this.desk.nearest(at);
    if (!other || other.id === this.of.id) return;
    await this.send("join", "POST", { other: other.id, other_version: other.version }, "Joined.");
  }

  async clickMove(at) {
    if (!this.held) {
      this.held = this.nearestPoint(this.of, at);
      this.points = [this.held.xy];
      this.show();
      return;
    }
    const { branch, index } = this.held;
    await this.send("line", "PUT", { branch, points: pair(this.of.lines[branch]).with(index, at) }, "Moved.");
  }

  async clickThin(at) {
    const { branch, index } = this.nearestPoint(this.of, at);
    await this.send("line", "PUT", { branch, points: pair(this.of.lines[branch]).toSpliced(index, 1) }, "Point taken away.");
  }

  // Send what becomes of the crack in hand, and show it.
  send(what, method, body, said) {
    const { of } = this, photo = this.desk.photo();
    this.drop();
    return this.desk.change(async () => {
      const { ids } = await ask(`/api/cracks/${of.id}/${what}`, { method, body: { ...body, version: of.version } });
      await this.desk.again(photo, ids?.[0] ?? of.id);
      say(said);
    });
  }

  nearestPoint(of, [x, y]) {
    let best = { far: Infinity };
    of.lines.forEach((line, branch) => pair(line).forEach((xy, index) => {
      const far = Math.hypot(xy[0] - x, xy[1] - y);
      if (far < best.far) best = { far, branch, index, xy };
    }));
    return best;
  }

  show() {
    const layer = document.querySelector("#scene .hand");
    if (!layer) return;
    const lines = this.tool === "draw" ? this.lines.filter(Boolean) : this.points.length > 1 ? [this.points] : [];
    const dots = this.points.map(([x, y]) => svg("circle", { cx: x, cy: y, r: 5 / (this.stage.scale || 1) }));
    layer.replaceChildren(...lines.map((points) => svg("path", { d: path(points) })), ...dots);
  }
}
