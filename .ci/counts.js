// node counts.js <report of vitest> <exit code> <file> <name>: names what was skipped; the last line is "<passed> <failed>". What
// failed of the suite of this name, and why, is added to the file.
import { appendFileSync, readFileSync } from 'node:fs';

/** What is told of one failure, in characters: the end of a long output is all that many people see of it. */
const MAX_MESSAGE = 1500;

const [path, code, failures, name] = process.argv.slice(2);
const tell = (what, message) =>
  appendFileSync(failures, `failed: ${what}\n${message.slice(0, MAX_MESSAGE).replaceAll(/^/gm, '  ')}\n`);
const say = (line) => process.stdout.write(`${line}\n`);
let report = null;
try {
  report = JSON.parse(readFileSync(path, 'utf8'));
} catch {
  tell(name, `no report: the tests were ended before they were done (exit code ${code})`);
}
const files = report?.testResults ?? [];
const tests = files.flatMap((file) => file.assertionResults);
const failed = tests.filter((test) => test.status === 'failed').length;
const broken = files.filter(
  (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
);
for (const file of broken) tell(file.name, file.message ?? '');
for (const file of files) {
  for (const test of file.assertionResults.filter(({ status }) => status === 'failed')) {
    tell(`${file.name} > ${test.fullName}`, test.failureMessages.join('\n'));
  }
}
for (const test of tests.filter(({ status }) => status !== 'passed' && status !== 'failed')) {
  // The reason stands in the name of the test.
  say(`skipped: ${test.fullName}`);
}
const passed = tests.filter((test) => test.status === 'passed').length;
const bad = failed + broken.length;
if (tests.length === 0) say('no test was found');
// An exit code without a failed test still is a failure: an error outside of tests, or the time was up.
const ended = bad === 0 && (code !== '0' || tests.length === 0);
if (ended && report !== null) tell(name, `no test failed, but the exit code is ${code}`);
say(`${passed} ${ended ? 1 : bad}`);
