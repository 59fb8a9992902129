// What a client script tells the suite, a line each, and what it is told by its environment.

const { BASE_URL, API_KEY, ORIGIN, HOOK, TASKS = "" } = process.env;

/** One check; `seen` is printed when it does not hold. */
function check(name, holds, seen = "") {
  process.stdout.write(holds ? `ok ${name}\n` : `FAIL ${name}: saw ${JSON.stringify(seen)}\n`);
}

/** A task that was made, for those who come after. */
function task(name, id) {
  process.stdout.write(`task ${name} ${id}\n`);
}

module.exports = {
  BASE_URL,
  API_KEY,
  ORIGIN,
  HOOK,
  WRONG_KEY: "not-a-key-of-this-server",
  UNKNOWN_TASK: "29e983ca-7e86-4017-a9e3-ef6fe9cd5f2a",
  tasks: TASKS.split(","),
  check,
  task,
};
