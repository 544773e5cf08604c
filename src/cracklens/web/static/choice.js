// Takes the form of a scale; gives the photos that a person chooses for it, by their names. Asks for them once.

import { $, ask, element } from "./api.js";

export class Choice {
  constructor(form) {
    form.addEventListener("change", ({ target }) => {
      if (target.name === "photos") this.open(target.value === "chosen");
      this.count();
    });
    $("choice-find").addEventListener("input", () => this.find());
    $("choice-all").addEventListener("click", () => {
      for (const row of this.rows()) if (!row.hidden) row.querySelector("input").checked = true;
      this.count();
    });
  }

  rows() { return [...$("choice-list").children]; }

  async open(is) {
    $("choice").hidden = !is;
    if (!is || this.rows().length) return;
    const photos = await ask("/api/photos");
    photos.sort((a, b) => a.name.localeCompare(b.name));
    $("choice-list").replaceChildren(...photos.map(({ id, name }) => element("li", {},
      element("label", {}, element("input", { type: "checkbox", value: id }), element("span", { text: ` ${name}` })))));
    this.find();
    this.count();
  }

  find() {
    const part = $("choice-find").value.trim().toLowerCase();
    for (const row of this.rows()) row.hidden = !row.textContent.toLowerCase().includes(part);
  }

  chosen() { return [...$("choice-list").querySelectorAll("input:checked")].map((box) => Number(box.value)); }

  count() { $("choice-n").textContent = `(${this.chosen().length} chosen)`; }
}
