"use strict";
(() => {
  // Copying: the clipboard where the browser grants it, a selection where it does not.
  const select = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  };
  const copy = async (button) => {
    const code = button.parentElement.querySelector("code");
    let done = false;
    try {
      await navigator.clipboard.writeText(code.textContent.trimEnd());
      done = true;
    } catch {
      select(code);
      done = document.execCommand("copy");
    }
    button.textContent = done ? "Copied" : "Selected";
    button.classList.add("is-done");
    setTimeout(() => {
      button.textContent = "Copy";
      button.classList.remove("is-done");
    }, 1600);
  };
  const enliven = (root) => root.querySelectorAll(".copy").forEach((button) => { button.hidden = false; });
  enliven(document);
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".copy");
    if (button) copy(button);
  });

  const list = document.querySelector(".rows");
  if (!list) return;

  // Details come packed in blocks; one is unpacked when a message of it is opened.
  const BLOCK = 32;
  const element = document.getElementById("packed");
  const blocks = element ? JSON.parse(element.textContent) : [];
  const unpacked = new Map();
  const unpack = async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).json();
  };
  const details = (at) => {
    const block = Math.floor(at / BLOCK);
    if (!unpacked.has(block)) unpacked.set(block, unpack(blocks[block]));
    return unpacked.get(block).then((fragments) => fragments[at % BLOCK]);
  };
  const fill = async (row) => {
    const rest = row.querySelector(".rest");
    if (!rest || rest.firstChild) return;
    const template = document.createElement("template");
    try {
      // Rendered and escaped by the program that wrote this page, as the rest of it was.
      template.innerHTML = await details(Number(row.id.slice(1)));
    } catch {
      template.innerHTML = "<p class=\"warning\">This browser cannot unpack the details; a current one can.</p>";
    }
    if (rest.firstChild) return;
    rest.append(template.content);
    enliven(rest);
  };
  if (blocks.length) {
    list.addEventListener("toggle", (event) => {
      if (event.target.open && event.target.classList.contains("row")) fill(event.target);
    }, true);
  }

  // Search, filter, sort.
  const form = document.querySelector(".controls");
  const shown = document.querySelector(".shown");
  const failing = new Set(["junk", "quarantine", "rejected", "dropped", "failed", "removed", "not-traced"]);
  const rows = Array.from(list.children, (row, order) => ({
    row, order,
    at: Number(row.id.slice(1)),
    outcome: row.dataset.o,
    cause: row.dataset.c,
    time: Number(row.dataset.t),
    get text() {
      this.cached ??= row.firstElementChild.textContent.toLowerCase();
      return this.cached;
    },
    get recipient() {
      this.who ??= row.querySelector("b").textContent.toLowerCase();
      return this.who;
    },
  }));
  const before = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  let sorted = "";
  const sort = (by) => {
    if (by === sorted) return;
    sorted = by;
    const ordered = rows.slice().sort((a, b) => (by ? before(a[by], b[by]) : 0) || a.order - b.order);
    list.append(...ordered.map((entry) => entry.row));
  };
  const apply = () => {
    const { text, outcome, cause, sort: by } = form.elements;
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const entry of rows) {
      const fits = (outcome.value === "" || entry.outcome === outcome.value
          || (outcome.value === "!" && failing.has(entry.outcome)))
        && (cause.value === "" || entry.cause === cause.value)
        && words.every((word) => entry.text.includes(word));
      entry.row.hidden = !fits;
      count += fits;
    }
    sort(by.value);
    shown.textContent = count === rows.length
      ? `${rows.length.toLocaleString("en")} messages`
      : `${count.toLocaleString("en")} of ${rows.length.toLocaleString("en")} messages`;
  };
  let waiting = 0;
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 120);
  });
  // A browser may have kept the choices of the last visit.
  if (form.elements.text.value || form.elements.outcome.value || form.elements.cause.value || form.elements.sort.value) apply();
})();
