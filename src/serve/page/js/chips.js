// Example texts: mixed, negated, neutral, and from another domain than reviews.

const EXAMPLES = {
  English: [
    ["Mixed", "The plot is thin but the acting is wonderful"],
    ["Negated", "It did not break once and I do not regret buying it"],
    ["Neutral", "The book has twelve chapters"],
    ["Another domain", "Profits fell by a third and the company warned of more losses"],
  ],
  Chinese: [
    ["褒贬不一", "房间很干净，但是隔音太差，晚上睡不好"],
    ["否定", "这家店的服务一点也不差"],
    ["中性", "商店早上九点开门，晚上六点关门"],
    ["其他领域", "公司利润大幅下降，股价跌了三成"],
  ],
};

/* Shows the examples in the language of a model that tells positive from negative. */
function showChips() {
  const hasTones = Object.keys(model.tones).length > 0;
  // Few Chinese texts do not tell their language, but their script.
  const language = model.languages === "Han script" ? "Chinese" : model.languages;
  const examples = (hasTones && EXAMPLES[language]) || [];
  byId("chips").replaceChildren(...examples.map(([name, text]) => {
    const chip = make("button", "chip", name);
    chip.type = "button";
    chip.title = text;
    chip.addEventListener("click", () => {
      setMode("one");
      byId("text").value = text;
      classifyTexts();
    });
    return chip;
  }));
  byId("chips").hidden = !examples.length;
}
