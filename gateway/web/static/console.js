// What the pages do beyond links and forms: keys, the panel, selection, and a word when what is shown has changed.
// Everything works without it.
"use strict";
(() => {
  const panel = document.getElementById("panel");
  let leading = false;

  // A panel opens when a fragment has come into it; closing it leaves the page as it is.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target === panel && !panel.open) panel.showModal();
    if (event.target === panel) panel.querySelector("[autofocus], input:not([type=hidden]), textarea, button")?.focus();
  });
  document.addEventListener("click", (event) => {
    if (panel.open && event.target.closest("[data-close]")) { event.preventDefault(); panel.close(); }
    const all = event.target.closest("[data-all]");
    if (all) for (const box of all.closest("table").querySelectorAll("tbody input[type=checkbox]")) box.checked = all.checked;
    const grow = event.target.closest("[data-grow]");
    if (grow) { event.preventDefault(); another(document.getElementById(grow.dataset.grow)); }
    const row = event.target.closest("tr");
    if (row?.querySelector("a") && !event.target.closest("a, button, input, label, select, summary")
        && !getSelection().toString()) mark(row);
  });

  // One more row for a table that is filled in: the last one again, empty, under the next number.
  function another(table) {
    const copy = table.tBodies[table.tBodies.length - 1].cloneNode(true);
    for (const field of copy.querySelectorAll("input")) {
      field.name = field.name.replace(/\d+/, (place) => Number(place) + 1);
      if (field.type === "checkbox") field.checked = false; else field.value = "";
    }
    for (const told of copy.querySelectorAll(".broken")) told.remove();
    for (const wrong of copy.querySelectorAll(".wrong")) wrong.classList.remove("wrong");
    table.append(copy);
    copy.querySelector("input:not([type=hidden])").focus();
  }

  // A field under the pointer marks the row of the file that it comes from.
  document.addEventListener("mouseover", (event) => {
    document.querySelector(".row.near")?.classList.remove("near");
    const field = event.target.closest?.("[data-row]");
    const row = field && document.getElementById(`L${field.dataset.row}`);
    if (row) { row.classList.add("near"); row.scrollIntoView({ block: "nearest" }); }
  });

  const rows = () => [...document.querySelectorAll("main tbody tr")].filter((row) => row.querySelector("a"));
  function mark(row) {
    document.querySelector("tr.now")?.classList.remove("now");
    row.classList.add("now");
    row.scrollIntoView({ block: "nearest" });
  }
  function step(by) {
    const all = rows();
    const here = all.findIndex((row) => row.classList.contains("now"));
    const next = all[Math.min(Math.max(here + by, 0), all.length - 1)];
    if (next) mark(next);
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog[open]")) return;
    const key = event.key;
    if (leading) {
      leading = false;
      const word = document.querySelector(`.rail a[data-key="${CSS.escape(key)}"]`);
      if (word) { event.preventDefault(); word.click(); }
      return;
    }
    if (key === "g") leading = true;
    else if (key === "/") { event.preventDefault(); document.getElementById("search")?.focus(); }
    else if (key === "?") document.getElementById("keys").showModal();
    else if (key === "j") step(1);
    else if (key === "k") step(-1);
    else if (key === "Enter" && event.target === document.body) document.querySelector("tr.now a")?.click();
  });

  // A first page shows itself anew, but not while somebody is busy with it.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const busy = document.querySelector("dialog[open], details[open], main :focus, main option:checked:not([selected])") || getSelection().toString();
    if (event.target.id === "main" && busy) event.preventDefault();
  });

  // A page that tells its mark is asked now and then whether it is still the same; it never changes under the reader's hands.
  const shown = document.querySelector("[data-mark]");
  if (shown) {
    const since = Date.now();
    const timer = setInterval(async () => {
      if (document.hidden) return;
      const answer = await fetch(shown.dataset.markAt, { redirect: "error" }).catch(() => null);
      if (!answer?.ok || (await answer.text()) === shown.dataset.mark) return;
      clearInterval(timer);
      const bar = document.createElement("p");
      bar.className = "changed";
      bar.setAttribute("role", "status");
      const link = document.createElement("a");
      link.href = location.href;
      link.textContent = `Changed since ${new Date(since).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}: show`;
      bar.append(link);
      document.getElementById("main").prepend(bar);
    }, 20000);
  }
})();
