// The choice of a model and its version, and what is known about it.

let model = { labels: [], tones: {} };

/* Returns the path of the chosen version. */
function modelPath(action) {
  const version = byId("version").value;
  const name = encodeURIComponent(byId("model").value);
  return `v1/models/${name}${version && `/${version.split("/").map(encodeURIComponent).join("/")}`}${action}`;
}

async function listModels() {
  try {
    const { models } = await call("v1/models");
    const chosen = byId("model").value;
    byId("model").replaceChildren(...models.map(({ name }) => new Option(name)));
    if (models.some(({ name }) => name === chosen)) byId("model").value = chosen;
    byId("model-choice").hidden = models.length < 2;
    byId("model").versions = new Map(models.map((one) => [one.name, one]));
    byId("key-form").hidden = true;
    say("");
    await chooseModel();
    if (key) byId("text").focus();
  } catch (error) {
    if (error.status !== 401) return say(error.message, true);
    byId("key").focus();
    say(key ? "The API key is not valid." : "The server requires an API key.", true);
  }
}

/* Lists the versions of the chosen model. */
function chooseModel() {
  const { versions, labels } = byId("model").versions.get(byId("model").value);
  const named = Object.entries(labels).map(([label, number]) => new Option(`${label} (${number})`, `labels/${label}`));
  const numbered = versions.slice(1).map((number) => new Option(number, `versions/${number}`));
  byId("version").replaceChildren(new Option(`${versions[0]} (latest)`, ""), ...numbered, ...named);
  byId("version-choice").hidden = numbered.length + named.length === 0;
  return chooseVersion();
}

/* The number of the last choice: an earlier one may be answered later. */
let choices = 0;

/* Shows what is known about the chosen version, and classifies again. */
async function chooseVersion() {
  const choice = ++choices;
  if (table) forgetResult();
  const { model_spec: spec, metadata } = await call(modelPath("/metadata"));
  if (choice !== choices) return;
  model = { ...metadata.sentiment, name: spec.name, version: spec.version };
  const labels = new Intl.ListFormat("en-GB", { type: "disjunction" }).format(model.labels.slice(0, 8));
  const more = model.labels.length > 8 ? " and more" : "";
  byId("lead").textContent = `${model.name} classifies ${textsOf(model)} as ${labels}${more}, and marks the words that decide.`;
  showFacts();
  showChips();
  classifyTexts();
}

/* Says which texts a model reads: those of its languages or, if they are not known, of its script. */
function textsOf({ languages }) {
  if (!languages) return "texts";
  return languages.endsWith(" script") ? `texts in ${languages}` : `${languages} texts`;
}

function showFacts() {
  const { card } = model;
  const date = card.saved_at && new Date(1000 * card.saved_at).toLocaleDateString("en", { dateStyle: "long" });
  const facts = [
    ["Name", `${model.name}, version ${model.version}`],
    ["Labels", model.labels.slice(0, 12).join(", ") + (model.labels.length > 12 ? ", …" : "")],
    ["Language", model.languages],
    ["Trained on", card.trained_on],
    ["Training texts", card.train_texts && grouped(card.train_texts)],
    ["Started from", card.base],
    ["Saved", date],
    ["Reads", `the last ${grouped(model.max_length)} tokens of a text`],
  ];
  const entries = facts.filter(([, value]) => value).map(([name, value]) => make("div", "", make("dt", "", name), make("dd", "", value)));
  if (card.accuracy?.length) entries.push(make("div", "", make("dt", "", "Accuracy"), make("dd", "", ...card.accuracy.map(accuracyFact))));
  byId("facts").replaceChildren(...entries);
  byId("about").hidden = false;
}

function accuracyFact({ of, value, low, high }) {
  const interval = make("span", "interval", `${percent(low)} to ${percent(high)}`);
  return make("div", "accuracy", make("b", "", percent(value)), " ", interval, make("div", "note", of));
}

byId("model").addEventListener("change", () => chooseModel().catch((error) => say(error.message, true)));
byId("version").addEventListener("change", () => chooseVersion().catch((error) => say(error.message, true)));
byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  key = byId("key").value;
  byId("key").value = "";
  listModels();
});
