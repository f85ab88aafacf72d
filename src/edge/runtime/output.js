// A stream that is written piece by piece. A piece is a text, or the body of a response, which passes unseen.

const encoder = new TextEncoder();

/** A stream. Its methods' promises resolve to false once the reader has left; they never reject. */
export class Output {
  #writable;

  constructor() {
    const { readable, writable } = new IdentityTransformStream();
    this.readable = readable;
    this.#writable = writable;
  }

  /** Writes a text. */
  async write(text) {
    const writer = this.#writable.getWriter();
    try {
      await writer.write(encoder.encode(text));
      return true;
    } catch {
      return false;
    } finally {
      writer.releaseLock();
    }
  }

  /** Writes the body of a response. */
  pipe({ body }) {
    return body.pipeTo(this.#writable, { preventClose: true }).then(
      () => true,
      () => false,
    );
  }

  /** Ends the stream. */
  close() {
    return this.#writable.close().then(
      () => true,
      () => false,
    );
  }

  /** Breaks the stream off, so that its reader doesn't take it for complete. */
  abort() {
    return this.#writable.abort(new Error("The stream was broken off")).then(
      () => true,
      () => false,
    );
  }
}
