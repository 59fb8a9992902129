// npm `apiframe-js`, the vendor's older client: reads only, as it has no video endpoint. It sends the
// bare key; on any status but a success it prints `errors[0].msg` and returns undefined.

const ApiframeClient = require("apiframe-js");
const { API_KEY, BASE_URL, UNKNOWN_TASK, WRONG_KEY, tasks, check } = require("./say");

function client(key) {
  const made = new ApiframeClient(key);
  made.baseURL = BASE_URL;
  return made;
}

/** What a call returns, and what the library prints meanwhile. */
async function heard(call) {
  const log = console.log;
  const printed = [];
  console.log = (...words) => printed.push(words.join(" "));
  try {
    return { value: await call(), printed: printed.join("\n") };
  } finally {
    console.log = log;
  }
}

async function main() {
  const known = client(API_KEY);
  const one = await known.fetch({ task_id: tasks[0] });
  check("fetch answers the task", one.task_id === tasks[0] && one.status === "finished", one);

  const { tasks: many } = await known.fetch_many({ task_ids: [tasks[1], UNKNOWN_TASK, tasks[0]] });
  const words = many.map((each) => `${each.task_id} ${each.status}`).join();
  const wanted = `${tasks[1]} finished,${UNKNOWN_TASK} failed,${tasks[0]} finished`;
  check("fetch_many answers each, in order", words === wanted, words);

  const { plan } = await known.account();
  check("account answers a plan", typeof plan === "string", plan);

  const unknown = await heard(() => known.fetch({ task_id: UNKNOWN_TASK }));
  const told = unknown.value === undefined && /task_id|task/i.test(unknown.printed);
  check("an unknown id is a problem with a text", told, unknown);

  const refused = await heard(() => client(WRONG_KEY).account());
  const asked = refused.value === undefined && refused.printed.includes("[ERROR] undefined");
  check("a wrong key is an error without a text", asked, refused);
}

main();
