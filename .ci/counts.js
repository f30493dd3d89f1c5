// node counts.js <report of vitest> <exit code>: names what was skipped or failed; the last line is "<passed> <failed>".
import { readFileSync } from 'node:fs';

const [path, code] = process.argv.slice(2);
const say = (line) => process.stdout.write(`${line}\n`);
let report = null;
try {
  report = JSON.parse(readFileSync(path, 'utf8'));
} catch {
  say(`no report: the tests were ended before they were done (exit code ${code})`);
}
const files = report?.testResults ?? [];
const tests = files.flatMap((file) => file.assertionResults);
const failed = tests.filter((test) => test.status === 'failed').length;
const broken = files.filter(
  (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
);
for (const file of broken) say(`failed as a whole: ${file.name}\n  ${file.message ?? ''}`);
for (const test of tests.filter(({ status }) => status !== 'passed' && status !== 'failed')) {
  // The reason stands in the name of the test.
  say(`skipped: ${test.fullName}`);
}
const passed = tests.filter((test) => test.status === 'passed').length;
const bad = failed + broken.length;
if (tests.length === 0) say('no test was found');
// An exit code without a failed test still is a failure: an error outside of tests, or the time was up.
say(`${passed} ${bad === 0 && (code !== '0' || tests.length === 0) ? 1 : bad}`);
