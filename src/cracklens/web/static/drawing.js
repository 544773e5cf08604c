// Takes a photo with its cracks; gives them drawn over it, layer by layer. Asks nothing of the server.

import { moved } from "./homography.js";

const NS = "http://www.w3.org/2000/svg";

const RAMP = [
  [0.0, [255, 245, 200]], [0.2, [254, 224, 110]], [0.4, [253, 172, 40]],
  [0.6, [236, 102, 38]], [0.8, [196, 36, 88]], [1.0, [122, 0, 112]],
];

export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const path = (line) => {
  let d = `M${line[0]} ${line[1]}`;
  for (let i = 2; i < line.length; i += 2) d += `L${line[i]} ${line[i + 1]}`;
  return d;
};

// The outline of a branch as wide as it was measured.
function ribbon(line, widths) {
  const n = line.length / 2, left = [], right = [];
  for (let i = 0; i < n; i += 1) {
    const a = Math.max(i - 1, 0), b = Math.min(i + 1, n - 1);
    const dx = line[2 * b] - line[2 * a], dy = line[2 * b + 1] - line[2 * a + 1];
    const long = Math.hypot(dx, dy) || 1, half = (widths[i] || 0) / 2;
    left.push(line[2 * i] - (half * dy) / long, line[2 * i + 1] + (half * dx) / long);
    right.unshift(line[2 * i] + (half * dy) / long, line[2 * i + 1] - (half * dx) / long);
  }
  return `${path([...left, ...right])}Z`;
}

function group(lines, attributes) {
  const d = lines.map(path).join("");
  return svg("g", attributes, svg("path", { class: "case", d }), svg("path", { class: "line", d }));
}

export function crack(of) {
  const made = group(of.lines, { "data-id": of.id, class: look(of) });
  if (of.gaps.length) made.append(svg("path", { class: "gap", d: of.gaps.map(path).join("") }));
  return made;
}

// A line of the earlier date, on its own photo or where it lies in today's.
export const change = (of, lines) => group(lines, { "data-change": of.id, class: `crack ${stateClass(of.state)}` });

export const stateClass = (state) => (state ? `state-${state.toLowerCase().replace(" ", "-")}` : "");

// What became of a crack; nothing is said of a line that is none.
export const stateOf = (of) => (of.decision === "rejected" ? "" : of.change?.state ?? "");

export const look = (of) => [
  "crack", stateClass(stateOf(of)), of.certainty, of.decision, of.by_hand ? "by-hand" : "", of.second_look ? "second" : "", of.listed ? "" : "short",
].join(" ");

const movedLine = (matrix, line) => line.flatMap((_, i) => (i % 2 ? [] : moved(matrix, line.slice(i, i + 2))));

// Lines of the earlier date that are gone, where they lie in today's photo.
export const lost = (view) => view.lost.map((of) => change(of, of.lines.map((line) => movedLine(view.earlier.old_to_new, line))));

// All layers of a photo.
export function scene(view) {
  const layer = (name, ...children) => svg("g", { class: `layer ${name}` }, ...children);
  const { height, width } = view.tiles;
  const map = view.map_key ? [svg("image", { href: `/crackmap/${view.map_key}.png`, width, height })] : [];
  const boxes = view.places.map(([x0, y0, x1, y1]) => svg("rect", { x: x0, y: y0, width: x1 - x0, height: y1 - y0 }));
  const widths = view.cracks.flatMap((of) => of.lines.map((line, i) => svg("path", { d: ribbon(line, of.widths_px[i]) })));
  const lines = view.cracks.map(crack);
  return [layer("heat", ...heat(view, view.threshold)), layer("map", ...map), layer("places", ...boxes), layer("widths", ...widths), layer("traces", ...lines), layer("traces lost", ...lost(view)), layer("hand")];
}

// The score map in colours, cells below the threshold fainter; the same colour for the same score always.
export function heat(view, threshold) {
  if (!view.scores) return [];
  const [rows, columns, packed] = view.scores;
  const canvas = new OffscreenCanvas(columns, rows), context = canvas.getContext("2d");
  const painted = context.createImageData(columns, rows), values = atob(packed);
  for (let i = 0; i < rows * columns; i += 1) {
    const score = values.charCodeAt(i) / 255;
    const above = RAMP.findIndex(([at]) => at >= score) || 1;
    const [low, from] = RAMP[above - 1], [high, to] = RAMP[above];
    const share = (score - low) / (high - low);
    for (let c = 0; c < 3; c += 1) painted.data[4 * i + c] = from[c] + share * (to[c] - from[c]);
    painted.data[4 * i + 3] = 255 * (score >= threshold ? 0.38 + 0.18 * score : 0.3 * score);
  }
  const shown = document.createElement("canvas");
  shown.width = columns;
  shown.height = rows;
  shown.getContext("2d").putImageData(painted, 0, 0);
  const side = 32;
  return [svg("image", { href: shown.toDataURL(), width: columns * side, height: rows * side, preserveAspectRatio: "none" })];
}

// The crack that lies nearest to a place, within so many px; null without.
export function nearest(view, [x, y], within) {
  let best = null, least = within;
  for (const of of view.cracks) {
    for (const line of of.lines) {
      for (let i = 0; i + 3 < line.length; i += 2) {
        const far = toSegment(x, y, line[i], line[i + 1], line[i + 2], line[i + 3]);
        if (far < least) [best, least] = [of, far];
      }
    }
  }
  return best;
}

function toSegment(x, y, x0, y0, x1, y1) {
  const dx = x1 - x0, dy = y1 - y0;
  const t = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - x0 - t * dx, y - y0 - t * dy);
}
