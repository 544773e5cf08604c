// Takes the cards of the photo wall; gives a plan of those that have a GPS position, in local metres. Knows no map.

import { $, element } from "./api.js";

const SVG = "http://www.w3.org/2000/svg";
const METRES_PER_DEGREE = 111_195;
const EDGE = 34, SIDE = 16, MOST_PX_PER_M = 40;
const TURNS = 30, CELL = 2 * SIDE;
// so many photos of one place are drawn apart, on a plan of many fewer; more are one mark until one looks closer
const APART = 19, APART_OF_MANY = 3, MANY = 300, CLOSE_M = 3;
const KINDS = [
  ["open", "to decide", "M0-7A7 7 0 1 1 0 7A7 7 0 1 1 0-7Z"],
  ["confirmed", "confirmed cracks", "M-6-6H6V6H-6Z"],
  ["reviewed", "gone through, no crack confirmed", "M0-8L8 0 0 8-8 0Z"],
  ["inspected", "nothing to decide", "M0-5A5 5 0 1 1 0 5A5 5 0 1 1 0-5Z"],
  ["waiting", "not inspected", "M0-7L7 6H-7Z"],
];

const kindOf = (card) => KINDS.find(([name]) => card.classList.contains(name)) || KINDS.at(-1);

function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function middle(values) {
  return (Math.min(...values) + Math.max(...values)) / 2;
}

// Give the photos with x to the east and y to the north in metres, around the middle of all (equirectangular).
function placed(cards) {
  const at = cards.map((card) => card.dataset.at.split(",").map(Number));
  if (!at.length) return [];
  const east = at.map(([, longitude]) => ((longitude - at[0][1] + 540) % 360) - 180);
  const north = middle(at.map(([latitude]) => latitude)), zero = middle(east);
  const shrink = Math.cos((north * Math.PI) / 180);
  return cards.map((card, i) => ({
    card,
    x: (east[i] - zero) * METRES_PER_DEGREE * shrink,
    y: (at[i][0] - north) * METRES_PER_DEGREE,
  }));
}

// Give the photos of one place together: those whose dots would lie on each other.
function gathered(dots) {
  const near = new Map(), groups = [];
  for (const dot of dots) {
    const [column, row] = [Math.floor(dot.left / SIDE), Math.floor(dot.top / SIDE)];
    let found;
    for (let i = -1; i <= 1 && !found; i += 1) {
      for (let j = -1; j <= 1 && !found; j += 1) {
        found = near.get(`${column + i} ${row + j}`)?.find((of) => Math.hypot(of.left - dot.left, of.top - dot.top) < SIDE);
      }
    }
    if (found) {
      found.dots.push(dot);
      continue;
    }
    const made = { left: dot.left, top: dot.top, dots: [dot] }, key = `${column} ${row}`;
    groups.push(made);
    if (!near.has(key)) near.set(key, []);
    near.get(key).push(made);
  }
  return groups;
}

// Move marks that still lie on each other a little apart; what is drawn then stands beside where it was taken.
function apart(marks, width, height) {
  for (let turn = 0; turn < TURNS; turn += 1) {
    const near = new Map();
    let moved = false;
    for (const mark of marks) {
      const [column, row] = [Math.floor(mark.left / CELL), Math.floor(mark.top / CELL)];
      for (let i = -1; i <= 1; i += 1) {
        for (let j = -1; j <= 1; j += 1) {
          for (const other of near.get(`${column + i} ${row + j}`) || []) {
            const [dx, dy] = [mark.left - other.left, mark.top - other.top], far = Math.hypot(dx, dy) || 0.01;
            const short = (mark.reach + other.reach - far) / 2;
            if (short < 0.5) continue;
            mark.left += (dx / far) * short;
            mark.top += (dy / far) * short;
            other.left -= (dx / far) * short;
            other.top -= (dy / far) * short;
            moved = true;
          }
        }
      }
      mark.left = Math.min(Math.max(mark.left, SIDE), width - SIDE);
      mark.top = Math.min(Math.max(mark.top, SIDE), height - SIDE);
      const key = `${column} ${row}`;
      if (!near.has(key)) near.set(key, []);
      near.get(key).push(mark);
    }
    if (!moved) break;
  }
  return marks;
}

function length(metres) {
  return metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
}

export class Plan {
  constructor(wall) {
    this.wall = wall;
    this.frame = null;
    this.width = 0;
    $("plan-toggle").addEventListener("click", () => this.turn($("plan").hidden));
    $("plan-whole").addEventListener("click", () => this.look(null));
    $("plan-map").addEventListener("keydown", (event) => this.step(event));
    new ResizeObserver(() => {
      if ($("plan-map").clientWidth !== this.width) this.draw();
    }).observe($("plan-map"));
    if (location.hash === "#plan") this.turn(true);
  }

  turn(on) {
    $("plan").hidden = !on;
    $("plan-toggle").setAttribute("aria-pressed", on);
    history.replaceState(null, "", on ? "#plan" : location.pathname);
    this.draw();
  }

  // Look at some photos alone, such as those of one mark; at all with null.
  look(dots) {
    this.frame = dots;
    this.draw();
    (dots ? $("plan-whole") : $("plan-map").querySelector("[tabindex='0']"))?.focus();
  }

  draw() {
    const cards = [...this.wall.children], known = cards.filter((card) => card.dataset.at);
    $("plan-toggle").hidden = !known.length;
    if (!known.length) $("plan").hidden = true;
    if ($("plan").hidden) return;
    const all = placed(known), shown = all.filter(({ card }) => !card.hidden);
    const names = new Set(this.frame?.map(({ card }) => card.dataset.name));
    const within = this.frame ? shown.filter(({ card }) => names.has(card.dataset.name)) : shown;
    const hidden = cards.filter((card) => !card.hidden).length - shown.length;
    $("plan-whole").hidden = !this.frame;
    $("plan-said").textContent = `${within.length} ${within.length === 1 ? "photo" : "photos"} on the plan. ${
      hidden ? `${hidden} of the photos shown below ${hidden === 1 ? "has" : "have"} no position.` : "All photos shown below have a position."}`;
    this.width = $("plan-map").clientWidth;
    $("plan-map").replaceChildren(this.map(this.frame ? within : all, within));
    this.legend(within);
  }

  map(extent, shown) {
    const width = Math.max(this.width, 200), height = $("plan-map").clientHeight;
    const [x0, x1, y0, y1] = [["x", -1], ["x", 1], ["y", -1], ["y", 1]].map(([of, sign]) => sign * Math.max(...extent.map((dot) => sign * dot[of])));
    const scale = Math.min((width - 2 * EDGE) / (x1 - x0), (height - 3 * EDGE) / (y1 - y0), MOST_PX_PER_M);
    const dots = shown.map((dot) => ({
      ...dot,
      left: width / 2 + (dot.x - (x0 + x1) / 2) * scale,
      top: (height - EDGE) / 2 - (dot.y - (y0 + y1) / 2) * scale,
    }));
    const made = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Photos; the arrow keys go to the next one" });
    const most = Math.max(x1 - x0, y1 - y0) < CLOSE_M && this.frame ? Infinity : shown.length > MANY ? APART_OF_MANY : APART;
    const marks = apart(gathered(dots).flatMap((group) => this.marks(group, most)), width, height - EDGE);
    made.append(this.bar(scale, width, height), ...marks.map((mark) => (mark.dots ? this.many(mark) : this.one(mark))));
    made.querySelector("a")?.setAttribute("tabindex", "0");
    return made;
  }

  bar(scale, width, height) {
    const wanted = Math.min(160, width / 4) / scale, power = 10 ** Math.floor(Math.log10(wanted));
    const metres = power * ([5, 2].find((of) => of * power <= wanted) || 1), end = EDGE + metres * scale, y = height - 12;
    const line = svg("path", { d: `M${EDGE} ${y - 5}V${y}H${end}V${y - 5}` });
    const text = svg("text", { x: end + 8, y }, length(Number(metres.toPrecision(1))));
    const north = svg("path", { d: `M${width - 20} ${height - 8}V${height - 40}M${width - 26} ${height - 30}L${width - 20} ${height - 40}L${width - 14} ${height - 30}` });
    return svg("g", { class: "plan-scale" }, line, text, north, svg("text", { x: width - 42, y: height - 12 }, "N"));
  }

  // Give what is drawn for the photos of one place: a mark for each, side by side, or one for many.
  marks({ left, top, dots }, most) {
    if (dots.length > most) return [{ left, top, dots, reach: SIDE }];
    return dots.map(({ card }, i) => {
      const far = SIDE * 0.6 * Math.sqrt(i), angle = i * 2.39996;
      return { card, left: left + far * Math.cos(angle), top: top + far * Math.sin(angle), reach: SIDE / 2 };
    });
  }

  one({ card, left, top }) {
    const [kind, , shape] = kindOf(card), name = card.querySelector(".name").textContent;
    const state = card.querySelector(".state").textContent.trim().replace(/\s+/g, " ");
    const link = svg("a", { href: card.querySelector("a").getAttribute("href"), class: kind, tabindex: "-1", transform: `translate(${left} ${top})`, "aria-label": `${name}, ${state}` },
      svg("circle", { class: "plan-reach", r: SIDE / 2 }), svg("path", { d: shape }));
    for (const event of ["focus", "pointerenter"]) link.addEventListener(event, () => this.tell(card, name, state));
    return link;
  }

  many({ left, top, dots }) {
    const kinds = new Set(dots.map(({ card }) => kindOf(card)[0]));
    const first = KINDS.find(([name]) => kinds.has(name));
    const mark = svg("a", { href: "#plan", role: "button", class: `many ${first[0]}`, tabindex: "-1", transform: `translate(${left} ${top})`, "aria-label": `${dots.length} photos of one place; look closer` },
      svg("circle", { r: 15 }), svg("text", { y: 5 }, String(dots.length)));
    mark.addEventListener("click", (event) => {
      event.preventDefault();
      this.look(dots);
    });
    return mark;
  }

  tell(card, name, state) {
    const one = $("plan-one"), picture = card.querySelector("img"), shown = one.querySelector("img");
    one.hidden = false;
    one.href = card.querySelector("a").getAttribute("href");
    shown.hidden = !picture;
    if (picture) shown.src = picture.getAttribute("src");
    one.querySelector("b").textContent = name;
    one.querySelector("span").textContent = state;
  }

  legend(dots) {
    const kinds = new Set(dots.map(({ card }) => kindOf(card)[0]));
    $("plan-legend").replaceChildren(...KINDS.filter(([name]) => kinds.has(name)).map(([name, text, shape]) =>
      element("li", {}, svg("svg", { viewBox: "-10 -10 20 20", "aria-hidden": "true" }, svg("g", { class: name }, svg("path", { d: shape }))), text)));
    $("plan-one").hidden = true;
  }

  // Go to the nearest photo to the side that an arrow key says.
  step(event) {
    const to = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    const from = event.target.closest("a");
    if (from?.getAttribute("role") === "button" && event.key === " ") from.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
    else if (!to || !from) return;
    event.preventDefault();
    if (!to) return;
    const place = (link) => link.getAttribute("transform").match(/-?[\d.]+/g).map(Number), [x, y] = place(from);
    let next = null, least = Infinity;
    for (const link of $("plan-map").querySelectorAll("a")) {
      const [dx, dy] = [place(link)[0] - x, place(link)[1] - y];
      const along = dx * to[0] + dy * to[1], aside = Math.abs(dx * to[1]) + Math.abs(dy * to[0]);
      if (link !== from && along > 0.5 && along + 3 * aside < least) [next, least] = [link, along + 3 * aside];
    }
    if (!next) return;
    from.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  }
}
