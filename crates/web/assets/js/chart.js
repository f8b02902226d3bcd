// Names the values of a column under the pointer or by arrow keys. Without this module: the browser's own tooltip and the
// data table below each chart.
for (const figure of document.querySelectorAll("[data-chart]")) {
  const svg = figure.querySelector(".plot svg");
  const columns = [...figure.querySelectorAll(".col")];
  if (!svg || !columns.length) continue;
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  svg.parentElement.append(tip);
  const voice = document.createElement("p");
  voice.className = "vh";
  voice.setAttribute("role", "status");
  figure.append(voice);
  const texts = columns.map((column) => {
    const title = column.querySelector("title");
    const text = title?.textContent ?? "";
    title?.remove();
    return text;
  });
  let at = -1;

  const show = (index) => {
    columns[at]?.classList.remove("on");
    at = index;
    const column = columns[index];
    tip.hidden = !column;
    if (!column) return;
    column.classList.add("on");
    tip.textContent = texts[index];
    const frame = svg.parentElement.getBoundingClientRect();
    const box = column.getBoundingClientRect();
    const middle = box.left - frame.left + box.width / 2;
    const limit = Math.max(0, frame.width - tip.offsetWidth);
    tip.style.left = `${Math.min(limit, Math.max(0, middle - tip.offsetWidth / 2))}px`;
    tip.style.top = "0";
  };

  svg.setAttribute("tabindex", "0");
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) show(Math.min(columns.length - 1, Math.max(0, at + step)));
    else if (event.key === "Home") show(0);
    else if (event.key === "End") show(columns.length - 1);
    else if (event.key === "Escape") show(-1);
    else return;
    event.preventDefault();
    voice.textContent = texts[at] ?? "";
  });
  svg.addEventListener("blur", () => show(-1));
  columns.forEach((column, index) => column.addEventListener("pointerenter", () => show(index)));
  svg.addEventListener("pointerleave", () => show(-1));
}
