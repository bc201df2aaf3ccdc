// The choice between texts and a table, files that are dropped, and the start.

const mode = () => document.querySelector("[name=mode]:checked").value;

function setMode(value) {
  document.querySelector(`[name=mode][value=${value}]`).checked = true;
  showMode();
}

function showMode() {
  const isTable = mode() === "table";
  byId("text-panel").hidden = byId("texts").hidden = isTable;
  byId("table-panel").hidden = !isTable;
  byId("table").hidden = !isTable || !table;
  byId("text-label").textContent = mode() === "one" ? "Text" : "Texts, one per line";
  byId("text").placeholder = mode() === "one" ? "Type or paste a text" : "One text per line";
  say("");
}

byId("modes").addEventListener("change", () => {
  showMode();
  classifyTexts();
});
byId("file").addEventListener("change", (event) => {
  openFile(event.target.files[0]);
  // So that the same file can be chosen again.
  event.target.value = "";
});
byId("pasted").addEventListener("paste", (event) => {
  event.preventDefault();
  openPasted(event.clipboardData.getData("text/plain"));
});
byId("pasted").addEventListener("change", () => {
  if (byId("pasted").value.trim()) openPasted(byId("pasted").value);
});
for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    // The text box handles dragged text.
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    document.body.classList.toggle("over", name === "dragover");
    if (name === "drop") openFile(event.dataTransfer.files[0]);
  });
}

byId("modes").hidden = false;
byId("file-limit").textContent = `up to ${mebibytes(settings.max_body)}`;
showMode();
listModels();
