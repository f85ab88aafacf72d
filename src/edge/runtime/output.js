// A stream that is written piece by piece. A piece is a text, or the body of a response, which passes unseen.

const encoder = new TextEncoder();

/** A stream. Its methods' promises resolve to false once the reader has left; they never reject. */
export class Output {
  #writable;
  /** Holds the stream while texts are written. */
  #writer;

  constructor() {
    const { readable, writable } = new IdentityTransformStream();
    this.readable = readable;
    this.#writable = writable;
  }

  /** Writes a text, after those that are still being written. */
  write(text) {
    this.#writer ??= this.#writable.getWriter();
    return this.#writer.write(encoder.encode(text)).then(
      () => true,
      () => false,
    );
  }

  /** Writes the body of a response. All texts must have been written. */
  pipe({ body }) {
    this.#writer?.releaseLock();
    this.#writer = undefined;
    return body.pipeTo(this.#writable, { preventClose: true }).then(
      () => true,
      () => false,
    );
  }

  /** Ends the stream. */
  close() {
    return (this.#writer ?? this.#writable).close().then(
      () => true,
      () => false,
    );
  }

  /** Breaks the stream off, so that its reader doesn't take it for complete. */
  abort() {
    return (this.#writer ?? this.#writable).abort(new Error("The stream was broken off")).then(
      () => true,
      () => false,
    );
  }
}
