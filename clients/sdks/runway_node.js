// Runway's official SDK for JavaScript against the double.

const { default: RunwayML } = require("@runwayml/sdk");
const { API_KEY, BASE_URL, ORIGIN, check, task } = require("../callers/say");
const { fault, purchases, script, seen } = require("./control");

const TEXT = { model: "gen4.5", promptText: "a cat", ratio: "1280:720", duration: 5 };
const client = new RunwayML({ apiKey: API_KEY, baseURL: BASE_URL });

/** One of each kind that an adapter sends, for the golden file. */
async function submits() {
  const made = await client.textToVideo.create({ ...TEXT, seed: 7 });
  check("a submit answers an id and what it will cost", made.estimatedCost.credits === 25, made);
  task("text-to-video", made.id);
  const image = { promptImage: `${ORIGIN}/a.png`, promptText: "a cat", ratio: "1280:720", duration: 5 };
  task("image-to-video", (await client.imageToVideo.create({ model: "gen4_turbo", ...image })).id);
  const video = { videoUri: `${ORIGIN}/a.mp4`, promptText: "a dog" };
  task("video-to-video", (await client.videoToVideo.create({ model: "aleph2", ...video })).id);
}

/** Every status as the SDK gives it. */
async function states() {
  const failed = { state: "FAILED", failure: "moderated", failureCode: "SAFETY.OUTPUT.VIDEO" };
  const running = { state: "RUNNING", progress: 0.9 };
  await script({ next: [["PENDING", "THROTTLED", running, "SUCCEEDED"], [failed]] });
  const { id } = await client.textToVideo.create(TEXT);
  const shown = [];
  for (let i = 0; i < 4; i++) shown.push(await client.tasks.retrieve(id));
  check("the statuses in order", shown.map((t) => t.status).join() === "PENDING,THROTTLED,RUNNING,SUCCEEDED", shown);
  check("a running task has progress and an ended one a link", shown[2].progress === 0.9 && shown[3].output[0], shown);
  await fault("answer", { status: 429, headers: { "retry-after-ms": "20" } });
  const second = await client.textToVideo.create(TEXT);
  const retried = (await seen()).at(-1).headers["x-stainless-retry-count"];
  check("a 429 is tried again", retried === "1", retried);
  const why = await client.tasks.retrieve(second.id);
  check("a failed task says its code", why.failureCode === failed.failureCode, why);
}

/** What the server refuses, and what is gone. */
async function refusals() {
  const retired = { model: "gen3a_turbo", promptImage: `${ORIGIN}/a.png`, ratio: "1280:768" };
  check("a retired model is a 400", (await status(client.imageToVideo.create(retired))) === 400);
  const { job } = (await purchases())[0];
  await client.tasks.delete(job);
  check("a deleted task is a 404", (await status(client.tasks.retrieve(job))) === 404);
}

/** The status that the SDK threw; none when it did not. */
async function status(call) {
  return call.then(() => null, (error) => error.status);
}

submits().then(states).then(refusals);
