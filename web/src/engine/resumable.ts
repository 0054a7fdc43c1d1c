/** A download that continues where it broke off: within a visit by itself, in a later one from the pieces that were kept. */

import { ADDRESSED } from './capacity';
import { allocate, chunks, type OnBytes } from './download';
import { EngineError } from './error';
import { checkHead } from './model-head';
import { reached, type Reached } from './reach';
import { Keeping, remove, sha256, type Mark } from './storage';
import { isWhole, type RemoteFile } from './transfer';
import { ModelError, type TroubleKind } from './troubles';

/** Bytes of a piece: what is lost at most if the browser is closed. */
const PIECE = 2 ** 24;
/** Bytes within which a file tells what it is. */
const HEAD = 4096;
/** Waits before a connection that broke is tried again; one that brought something begins with the first. */
const WAITS = [500, 2000, 5000];
/** After these, what has come is of no use. */
const USELESS: ReadonlySet<TroubleKind> = new Set(['standIn', 'family', 'large', 'noMemory']);
const NOTHING = { held: [], mark: null, complete: false };

/** One file on its way. */
export class Resumable {
  #buffer = new Uint8Array(0);
  #done = 0;
  #total = 0;
  /** How much of it is in pieces that are kept, and how many they are. */
  #saved = 0;
  #pieces = 0;
  #mark: Mark = null;
  #keeping: Keeping | null = null;
  /** It is here whole, if the host still has the same. */
  #complete = false;
  readonly #file: RemoteFile;
  readonly #address: string;
  readonly #key: string | null;
  readonly #onBytes: OnBytes;
  readonly #signal: AbortSignal;

  constructor(file: RemoteFile, address: string, key: string | null, onBytes: OnBytes, signal: AbortSignal) {
    this.#file = file;
    this.#address = address;
    this.#key = key;
    this.#onBytes = onBytes;
    this.#signal = signal;
    this.#total = file.bytes;
  }

  async run(): Promise<Uint8Array<ArrayBuffer>> {
    await this.#resume();
    try {
      await this.#persist();
    } catch (error) {
      if (error instanceof ModelError && USELESS.has(error.trouble)) await this.#restart();
      throw error;
    } finally {
      await this.#save(true);
    }
    return this.#checked();
  }

  /** Tries again where a connection breaks, for as long as that brings something. */
  async #persist(): Promise<void> {
    for (let waits = 0; ;) {
      const before = this.#done;
      try {
        if (await this.#receive()) return;
      } catch (error) {
        if (this.#signal.aborted || error instanceof EngineError) throw error;
      }
      if (this.#done > before) waits = 0;
      const wait = WAITS[waits];
      if (wait === undefined)
        throw new ModelError('broken', { name: this.#file.name, done: this.#done, total: this.#total });
      waits += 1;
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (this.#signal.aborted) throw new EngineError({ kind: 'cancelled', message: 'cancelled' });
    }
  }

  /** Takes up what has arrived before. */
  async #resume(): Promise<void> {
    if (this.#key === null) return;
    const { held, mark, complete } = await Keeping.begun(this.#key).catch(() => NOTHING);
    // Without a hash or a mark nobody could tell whether the rest belongs to the same file.
    if (this.#file.sha256 === null && mark === null) return;
    for (const blob of held) {
      const part = new Uint8Array(await blob.arrayBuffer());
      this.#reserve(this.#done + part.length);
      this.#buffer.set(part, this.#done);
      this.#done += part.length;
    }
    this.#pieces = held.length;
    this.#saved = this.#done;
    this.#mark = mark;
    this.#complete = complete;
  }

  /** One connection; true where it has brought the file to its end. */
  async #receive(): Promise<boolean> {
    if (this.#complete) return this.#confirm();
    if (this.#total > 0 && this.#done === this.#total) return true;
    const response = await reached(this.#address, this.#done, this.#signal);
    if (!this.#continues(response)) await this.#restart();
    if (response.body === null || response.offset !== this.#done) {
      await response.body?.cancel();
      return false;
    }
    this.#mark = response.mark;
    this.#total ||= response.total;
    this.#reserve(this.#total);
    if (this.#key !== null)
      this.#keeping ??= await Keeping.start(this.#key, this.#pieces, {
        name: this.#file.name,
        total: this.#total,
        mark: this.#mark,
      });
    for await (const part of chunks(response.body, this.#signal)) {
      this.#reserve(this.#done + part.length);
      this.#buffer.set(part, this.#done);
      if (this.#done < HEAD) checkHead(this.#file.name, this.#buffer.subarray(0, this.#done + part.length));
      this.#done += part.length;
      if (this.#total > 0 && this.#done > this.#total) await this.#altered();
      this.#onBytes(this.#done, this.#total, 'download');
      if (this.#done - this.#saved >= PIECE) await this.#save(false);
    }
    return this.#total === 0 || this.#done === this.#total;
  }

  /** Whether the host still has the file that is here; without a network nobody can tell, and it is taken. */
  async #confirm(): Promise<boolean> {
    this.#complete = false;
    try {
      const response = await reached(this.#address, 0, this.#signal);
      await response.body?.cancel();
      if (response.mark === this.#mark) return true;
    } catch (error) {
      if (error instanceof ModelError && (error.trouble === 'offline' || error.trouble === 'unreachable')) return true;
      throw error;
    }
    await this.#restart();
    return false;
  }

  /** Whether what comes is the rest of what is here. */
  #continues({ offset, total, mark }: Reached): boolean {
    if (offset !== this.#done) return false;
    if (this.#done === 0) return true;
    if (this.#total > 0 && total > 0 && total !== this.#total) return false;
    return this.#file.sha256 !== null || (mark !== null && mark === this.#mark);
  }

  async #restart(): Promise<void> {
    await this.#keeping?.drop();
    this.#keeping = null;
    this.#mark = null;
    this.#done = this.#saved = this.#pieces = 0;
    this.#total = this.#file.bytes;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    if (bytes > ADDRESSED) throw new ModelError('large', { name: this.#file.name, bytes, most: ADDRESSED });
    const length = this.#total >= bytes ? this.#total : Math.min(ADDRESSED, Math.max(bytes, 2 * this.#buffer.length));
    const larger = allocate(this.#file.name, length);
    larger.set(this.#buffer.subarray(0, this.#done));
    this.#buffer = larger;
  }

  /** Keeps what has come since the last piece; `rest`: also where that is less than a piece. */
  async #save(rest: boolean): Promise<void> {
    if (!this.#keeping || this.#done === this.#saved || (!rest && this.#done - this.#saved < PIECE)) return;
    if (await this.#keeping.add(this.#buffer.slice(this.#saved, this.#done))) {
      this.#saved = this.#done;
      this.#pieces += 1;
    } else {
      this.#keeping = null;
    }
  }

  async #checked(): Promise<Uint8Array<ArrayBuffer>> {
    const contents = this.#done === this.#buffer.length ? this.#buffer : this.#buffer.slice(0, this.#done);
    if (!(await isWhole(contents, this.#file))) return this.#altered();
    const hash = this.#file.sha256 ?? (this.#keeping && (await sha256(contents)));
    if (hash !== null) await this.#keeping?.finish(hash, contents.byteLength);
    return contents;
  }

  async #altered(): Promise<never> {
    if (this.#key !== null) await remove(this.#key).catch(() => undefined);
    this.#keeping = null;
    throw new ModelError('altered', { name: this.#file.name });
  }
}
