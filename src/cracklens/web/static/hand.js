// Takes clicks on the stage while a tool is in hand; gives lines, cuts, joins and lengths. Decides nothing.

import { $, ask, say } from "./api.js";
import { svg } from "./drawing.js";

const pair = (line) => Array.from({ length: line.length / 2 }, (_, i) => [line[2 * i], line[2 * i + 1]]);
const path = (points) => points.map(([x, y], i) => `${i ? "L" : "M"}${x} ${y}`).join("");

export class Hand {
  // desk: { photo(), chosen(), pxPerMm(), again(id) } of the page.
  constructor(stage, desk) {
    this.stage = stage;
    this.desk = desk;
    this.tool = null;
    this.points = [];
    this.lines = [];
  }

  get busy() { return this.tool !== null; }

  take(tool, said) {
    if (this.tool === tool) return this.drop();
    this.drop();
    this.tool = tool;
    $("mode").textContent = said;
    $("mode").hidden = false;
    $("stage").classList.add("in-hand");
    return undefined;
  }

  drop() {
    this.tool = null;
    this.points = [];
    this.lines = [];
    this.held = null;
    $("mode").hidden = true;
    $("stage").classList.remove("in-hand");
    this.show();
  }

  draw() { this.take("draw", "Click along the crack; Enter keeps it, Backspace takes the last point away, Esc gives it up."); }
  measure() { this.take("measure", "Click two points. Esc ends it."); }
  scale() { this.take("scale", "Click both ends of a length that you know."); }
  cut() { if (this.desk.chosen()) this.take("cut", "Click where the crack is to be cut."); }
  join() { if (this.desk.chosen()) this.take("join", "Click the crack to join to the chosen one."); }
  move() { if (this.desk.chosen()) this.take("move", "Click a point of the crack, then where it belongs."); }
  thin() { if (this.desk.chosen()) this.take("thin", "Click the point of the crack to take away."); }

  async click(at) {
    const act = { draw: this.clickDraw, measure: this.clickTwo, scale: this.clickTwo, cut: this.clickCut, join: this.clickJoin, move: this.clickMove, thin: this.clickThin }[this.tool];
    try {
      await act.call(this, at);
    } catch (error) {
      say(error.message, { bad: true });
      if (error.status === 409) await this.desk.again(this.desk.chosen()?.id);
    }
  }

  async clickDraw(at) {
    this.points.push(at);
    this.show();
    if (this.points.length < 2) return;
    const [from, to] = this.points.slice(-2), n = this.points.length;
    const { line } = await ask(`/api/photos/${this.desk.photo()}/snap`, { method: "POST", body: { points: [from, to] } });
    if (this.tool !== "draw" || this.points.length < n) return;
    this.lines[n - 2] = pair(line);
    this.show();
  }

  back() {
    this.points.pop();
    this.lines.length = Math.max(this.points.length - 1, 0);
    this.show();
  }

  async keep() {
    if (this.tool !== "draw" || this.points.length < 2) return;
    const photo = this.desk.photo(), points = this.points;
    this.drop();
    try {
      const { ids } = await ask(`/api/photos/${photo}/cracks`, { method: "POST", body: { points } });
      await this.desk.again(ids[0]);
      say("Drawn and confirmed.");
    } catch (error) {
      say(error.message, { bad: true });
    }
  }

  async clickTwo(at) {
    this.points = this.points.length > 1 ? [at] : [...this.points, at];
    this.show();
    if (this.points.length < 2) return;
    const [[x0, y0], [x1, y1]] = this.points, apart = Math.hypot(x1 - x0, y1 - y0), scale = this.desk.pxPerMm();
    if (this.tool === "scale") this.desk.scaled(this.points);
    else say(scale ? `${(apart / scale).toFixed(apart / scale < 10 ? 2 : 1)} mm (${apart.toFixed(0)} px)` : `${apart.toFixed(1)} px; set the scale for millimetres`);
  }

  async clickCut(at) {
    const of = this.desk.chosen();
    this.drop();
    const { ids } = await ask(`/api/cracks/${of.id}/cut`, { method: "POST", body: { at, version: of.version } });
    await this.desk.again(ids[0]);
    say("Cut in two.");
  }

  async clickJoin(at) {
    const of = this.desk.chosen(), other = this.desk.nearest(at);
    if (!other || other.id === of.id) return;
    this.drop();
    await ask(`/api/cracks/${of.id}/join`, { method: "POST", body: { other: other.id, version: of.version, other_version: other.version } });
    await this.desk.again(of.id);
    say("Joined.");
  }

  async clickMove(at) {
    const of = this.desk.chosen();
    if (!this.held) {
      this.held = this.nearestPoint(of, at);
      this.points = [this.held.xy];
      this.show();
      return;
    }
    const { branch, index } = this.held;
    await this.run(of, branch, pair(of.lines[branch]).with(index, at), "Moved.");
  }

  async clickThin(at) {
    const of = this.desk.chosen(), { branch, index } = this.nearestPoint(of, at);
    await this.run(of, branch, pair(of.lines[branch]).toSpliced(index, 1), "Point taken away.");
  }

  async run(of, branch, points, said) {
    this.drop();
    await ask(`/api/cracks/${of.id}/line`, { method: "PUT", body: { branch, points, version: of.version } });
    await this.desk.again(of.id);
    say(said);
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
