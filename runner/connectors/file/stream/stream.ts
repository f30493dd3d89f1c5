import { HeadgateError } from '../../../../foundation/errors.ts';
import type { ConnectorContext, StreamWriter, StreamWriteRequest } from '../../../ports.ts';
import { isFolder, kindOf, pathOf } from '../format.ts';
import type { FileSettings } from '../settings.ts';
import { storageError } from './errors.ts';
import { LineFile, tornMessage } from './line-file.ts';
import { linesOf } from './lines.ts';
import { PartWriter } from './part-writer.ts';
import { rotationOf } from './rotation.ts';
import { Turns } from './turns.ts';

/** The writer of a stream: into a folder, part by part, or into one file for ever. Throws `invalid_settings`. */
export function fileStream(settings: FileSettings, ctx: ConnectorContext, request: StreamWriteRequest): StreamWriter {
  const path = pathOf(settings, request.stream);
  const kind = kindOf(path, settings);
  if (isFolder(path)) {
    return new PartWriter({
      path,
      kind,
      settings,
      ctx,
      pipelineId: request.pipelineId,
      rotation: rotationOf(settings),
    });
  }
  if (kind.format !== 'ndjson' || kind.compression !== 'none') {
    throw new HeadgateError('invalid_settings', `a stream cannot add to a single file of that form ('${path}')`, {
      hint: 'write to a folder (a path that ends with `/`), or to uncompressed NDJSON',
    });
  }
  if (settings.rotate !== undefined) {
    throw new HeadgateError('invalid_settings', `\`rotate\` is for folders, and '${path}' is a file`, {
      hint: 'end the path with `/`',
    });
  }
  return singleFile(path, ctx);
}

function singleFile(path: string, ctx: ConnectorContext): StreamWriter {
  const turns = new Turns();
  const file = new LineFile(ctx.resolvePath(path, 'write'), (bytes) => ctx.log('warn', tornMessage(path, bytes)));
  return {
    write: (records, signal) =>
      turns.take(async () => {
        signal.throwIfAborted();
        if (records.length === 0) return { failed: [] };
        const lines = linesOf(records);
        // Invariant 2: resolves when the lines are on the disk, and not before.
        await file.append(lines).catch((error: unknown) => {
          throw storageError(error, path);
        });
        return { failed: [] };
      }),
    close: () => turns.take(() => file.close()),
  };
}
