// /wan-imagine through axios: no packaged client has it and its page has no samples.

const axios = require("axios");
const { API_KEY, BASE_URL, ORIGIN, WRONG_KEY, check, task } = require("./say");

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function post(path, body, key = API_KEY) {
  const headers = { "Content-Type": "application/json", Authorization: key };
  return axios.request({ method: "post", url: BASE_URL + path, headers, data: JSON.stringify(body) });
}

/** The task's last body. */
async function finished(task_id, polls = 300) {
  for (let left = polls; left > 0; left -= 1) {
    const { data } = await post("/fetch", { task_id });
    if (data.status !== "processing") return data;
    await wait(300);
  }
  throw new Error(`${task_id} does not end`);
}

async function make(name, body) {
  const accepted = await post("/wan-imagine", body);
  const done = await finished(accepted.data.task_id);
  check(`${name} finishes`, done.status === "finished" && done.percentage === 100, done);
  task(name, done.task_id);
  const { data } = await axios.get(done.video_url, { responseType: "arraybuffer" });
  check(`${name} is an MP4`, Buffer.from(data).subarray(4, 8).toString() === "ftyp", data.length);
}

/** The error that a call has to end in. */
async function refusal(call) {
  try {
    return { status: (await call).status };
  } catch (error) {
    return { status: error.response?.status, data: error.response?.data };
  }
}

async function main() {
  const image = { model: "wan2.6", image_url: `${ORIGIN}/end.png`, duration: 2, resolution: "720P" };
  await make("wan-image", image);
  await make("wan-words", { model: "wan2.5", prompt: "a robot on the moon", resolution: "480P" });

  const bad = await refusal(post("/wan-imagine", { model: "wan2.5", prompt: "a cat", duration: 7 }));
  const told = bad.status === 400 && bad.data.errors[0].msg.includes("duration");
  check("a bad duration is named", told, bad);

  const unknown = await refusal(post("/wan-imagine", { model: "wan2.5", prompt: "x" }, WRONG_KEY));
  const empty = JSON.stringify(unknown) === '{"status":401,"data":{}}';
  check("a wrong key is a 401 with an empty object", empty, unknown);
}

main();
