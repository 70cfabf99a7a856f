"use strict";
// The page knows its own address, which the server may not: it may stand behind another one.
for (const place of document.querySelectorAll("[data-simple]")) {
  if (location.protocol.startsWith("http")) {
    place.textContent = new URL(place.dataset.simple, location.href).href;
  }
}
const search = document.querySelector(".search");
if (search) {
  const input = search.querySelector("input");
  const count = search.querySelector("output");
  const rows = [...document.querySelectorAll("#projects tbody tr")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  // Names are the same however their words are separated.
  const plain = (text) => text.toLowerCase().replace(/[-_.]+/g, "-");
  const names = rows.map((row) => row.querySelector("th").textContent);
  const show = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, i) => {
      const fits = words.every((word) => texts[i].includes(word) || names[i].includes(plain(word)));
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    count.textContent = words.length ? `${shown} of ${rows.length}` : "";
  };
  input.addEventListener("input", show);
  search.hidden = false;
  show();
}
