import type { Kind } from '../../../foundation/ids.ts';

/** What Argo CD offers for objects of a kind. */
export interface KindActions {
  /** Which actions there are for the object `obj`, and which of them make no sense now. */
  readonly discovery: string;
  /** Name of an action to the script that answers the changed object. */
  readonly definitions: Readonly<Record<string, string>>;
}

const ANNOTATIONS = `if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
`;

/** Sets an annotation to the time, in UTC: each new value is one wish. */
const stamp = (purpose: string, annotation: string): string => `-- ${purpose}
local os = require("os")
${ANNOTATIONS}obj.metadata.annotations["${annotation}"] = os.date("!%Y-%m-%dT%XZ")
return obj
`;

const RECONCILE = stamp('The controller looks at it at once.', 'headgate.dev/requestedAt');
const RUN = stamp('Starts one run.', 'headgate.dev/run');

const PAUSE = `-- Nothing starts until it is resumed; what runs is drained.
${ANNOTATIONS}obj.metadata.annotations["headgate.dev/paused"] = "true"
return obj
`;

const RESUME = `-- Ends a pause. One that spec.enabled asks for ends in Git.
local annotations = obj.metadata.annotations
if annotations ~= nil then
  annotations["headgate.dev/paused"] = nil
  -- Argo CD takes an empty table for one that is to stay as it was.
  if next(annotations) == nil then
    obj.metadata.annotations = nil
  end
end
return obj
`;

const DISCOVER_PIPELINE = `local annotations = obj.metadata.annotations or {}
local gone = obj.metadata.deletionTimestamp ~= nil
local paused = annotations["headgate.dev/paused"] == "true"
local disabled = obj.spec ~= nil and obj.spec.enabled == false
local actions = {}
actions["reconcile"] = { ["disabled"] = gone }
actions["run"] = { ["disabled"] = gone or paused or disabled }
actions["pause"] = { ["disabled"] = gone or paused }
actions["resume"] = { ["disabled"] = gone or not paused }
return actions
`;

const DISCOVER_RECONCILE = `local actions = {}
actions["reconcile"] = { ["disabled"] = obj.metadata.deletionTimestamp ~= nil }
return actions
`;

const RECONCILE_ONLY: KindActions = { discovery: DISCOVER_RECONCILE, definitions: { reconcile: RECONCILE } };

/** A Run is a wish that is made once: there is nothing to do to it. */
export const ACTIONS: Readonly<Record<Exclude<Kind, 'Run'>, KindActions>> = {
  Pipeline: {
    discovery: DISCOVER_PIPELINE,
    definitions: { reconcile: RECONCILE, run: RUN, pause: PAUSE, resume: RESUME },
  },
  Connection: RECONCILE_ONLY,
  Connector: RECONCILE_ONLY,
  Repository: RECONCILE_ONLY,
};
