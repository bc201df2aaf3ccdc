// Requests to the server.

const MOST_TRIES = 20;
// 0: the connection was lost.
const BUSY = [0, 408, 429, 503, 504];
const REFUSED = [400, 413];

let key = "";

class Refused extends Error {
  constructor(status, message, retryAfter) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

async function call(path, options = {}) {
  const headers = key ? { "x-api-key": key } : {};
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Refused(0, "The server does not respond.");
  }
  if (response.ok) return response.json();
  const body = await response.json().catch(() => ({}));
  byId("key-form").hidden = response.status !== 401;
  const message = body.error || `The server returned status ${response.status}.`;
  throw new Refused(response.status, message, response.headers.get("retry-after"));
}

const post = (path, body, signal) => call(path, { method: "POST", body, signal });

async function predict(texts, signal) {
  return (await post(modelPath(":predict"), JSON.stringify({ instances: texts }), signal)).predictions;
}

async function explain(texts, signal) {
  const body = JSON.stringify({ instances: texts, method: "gradient", features: settings.explained_words, steps: settings.explained_steps });
  return (await post(modelPath(":explain"), body, signal)).explanations;
}

/* The prediction that stands for a text that the server refuses. */
const refusal = (reason) => ({ label: "refused", score: "", probabilities: {}, reason });

/* The prediction that stands for a text that the server did not answer. */
const missing = (reason) => ({ label: "missing", score: "", probabilities: {}, reason });

/* Whether a prediction is an answer of the model, which may be uncertain. */
const isAnswer = ({ label }) => label !== "refused" && label !== "missing";

/* Returns the predictions of texts. Retries while the server is busy, and asks for each text alone if it refuses them together. */
async function predictAll(texts, signal) {
  for (let tries = 1; ; tries++) {
    try {
      return await predict(texts, signal);
    } catch (error) {
      if (BUSY.includes(error.status) && tries < MOST_TRIES) {
        await sleep(Number(error.retryAfter) || 1, signal);
      } else if (REFUSED.includes(error.status) && texts.length > 1) {
        const single = [];
        for (const text of texts) single.push(...(await predictAll([text], signal)));
        return single;
      } else if (REFUSED.includes(error.status)) {
        return [refusal(error.message)];
      } else {
        throw error;
      }
    }
  }
}
