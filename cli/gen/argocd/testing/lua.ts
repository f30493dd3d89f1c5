/** For tests: runs scripts as Argo CD does, in a real Lua 5.1 (Argo CD's own, gopher-lua, speaks that version). */
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

/** Why scripts cannot be run here, or null. */
export function luaMissing(): string | null {
  try {
    execFileSync('lua5.1', ['-v'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'lua5.1 is not installed';
  }
}

/**
 * What Argo CD leaves to a script (util/lua/lua.go): the base and table libraries, and of `os` only `time` and `date`. The result
 * comes as JSON; what is printed as an array is one whose keys are 1 to n.
 */
const SANDBOX = `
local date, time, write, loadchunk = os.date, os.time, io.write, loadstring
local format, sort, concat = string.format, table.sort, table.concat
local safeOs = { date = date, time = time }
local allowed = { os = safeOs, table = table, require = function(name)
  if name == "os" then return safeOs end
  error("module '" .. name .. "' is not there")
end }
for _, name in ipairs({ "assert", "error", "ipairs", "next", "pairs", "pcall", "select", "tonumber", "tostring", "type", "unpack" }) do
  allowed[name] = _G[name]
end
local escapes = { ['"'] = '\\\\"', ["\\\\"] = "\\\\\\\\", ["\\n"] = "\\\\n" }
local gsub = string.gsub
getmetatable("").__index = nil
local function json(value)
  if type(value) == "string" then return '"' .. gsub(value, '["\\\\\\n]', escapes) .. '"' end
  if type(value) ~= "table" then return tostring(value) end
  local parts = {}
  if #value > 0 then
    for index, item in ipairs(value) do parts[index] = json(item) end
    return "[" .. concat(parts, ",") .. "]"
  end
  for key, item in pairs(value) do parts[#parts + 1] = json(tostring(key)) .. ":" .. json(item) end
  return "{" .. concat(parts, ",") .. "}"
end
return function(source, obj)
  local chunk = assert(loadchunk(source, "script"))
  allowed.obj = obj
  setfenv(chunk, allowed)
  write(json(chunk()))
end
`;

/** Runs `script` with the object `obj`, and answers what it returns. */
export async function runLua(script: string, obj: unknown): Promise<unknown> {
  const program = `local run = (function() ${SANDBOX} end)()\nrun(${literal(script)}, ${literal(obj)})`;
  const { stdout } = await promisify(execFile)('lua5.1', ['-e', program], { timeout: 10_000 });
  return JSON.parse(stdout) as unknown;
}

/** A JSON value as Lua writes it. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return 'nil';
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `{${value.map(literal).join(', ')}}`;
  if (typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `[${quoted(key)}] = ${literal(item)}`)
    .join(', ')}}`;
}

const ESCAPES: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n' };

const quoted = (text: string): string => `"${text.replaceAll(/["\\\n]/g, (letter) => ESCAPES[letter]!)}"`;
