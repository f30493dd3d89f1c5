const FIRST_BYTES = 1024;

/**
 * Bytes that come in pieces. They are copied into a buffer that doubles, so that memory stays within a small multiple of
 * them: a list of pieces would hold an object for each, and a client can send a body in pieces of one byte.
 */
export interface Gather {
  add(piece: Buffer): void;
  /** All of them; nothing may be added afterwards. */
  bytes(): Buffer;
}

export function createGather(): Gather {
  // Most bodies come in one piece, which is taken as it is.
  let only: Buffer | undefined;
  let room: Buffer | undefined;
  let size = 0;
  const copy = (piece: Buffer): void => {
    if (room === undefined || size + piece.length > room.length) {
      const wider = Buffer.allocUnsafe(Math.max(FIRST_BYTES, 2 * (size + piece.length)));
      room?.copy(wider, 0, 0, size);
      room = wider;
    }
    piece.copy(room, size);
    size += piece.length;
  };
  return {
    add(piece) {
      if (only === undefined) {
        only = piece;
        return;
      }
      if (room === undefined) copy(only);
      copy(piece);
    },
    bytes: () => room?.subarray(0, size) ?? only ?? Buffer.alloc(0),
  };
}
