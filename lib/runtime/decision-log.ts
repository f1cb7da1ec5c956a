// What durable operations must not forget, on disk: votes and decisions, written (fsync) before they are said. SQLite keeps
// them; all records of one turn of the event loop are one transaction, so that many operations share one flush.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type DatabaseSyncInstance, type StatementSyncInstance } from '@photostructure/sqlite';
import { decodeRecord, encodeRecord } from '../protocol/codec/records.ts';
import type { ProtocolNumber, RoundRecord } from '../protocol/rounds/state.ts';

/** So many ended protocols stay; older ones go. */
const ENDED_KEPT = 100_000;
const PRUNE_EVERY = 1000;

interface Waiting {
  readonly number: ProtocolNumber;
  readonly record: RoundRecord;
  readonly done: (error: Error | null) => void;
}

export class DecisionLog {
  readonly #path: string;
  #database: DatabaseSyncInstance | null = null;
  #write: StatementSyncInstance | null = null;
  #waiting: Waiting[] = [];
  #written = 0;

  /** @param directory where the file is; it is made at the first record */
  constructor(directory: string) {
    this.#path = join(directory, 'decisions.db');
  }

  /** All records, in the order of their numbers. @throws what SQLite throws: the file is damaged, or not ours */
  load(): RoundRecord[] {
    if (!existsSync(this.#path)) return [];
    const rows = this.#open().prepare('SELECT record FROM records ORDER BY number').all() as { record: Uint8Array }[];
    return rows.map(({ record }) => decodeRecord(record)).filter((record) => record !== null);
  }

  /** @param done called when it is on disk, or with the reason why it is not; never at once */
  record(number: ProtocolNumber, record: RoundRecord, done: (error: Error | null) => void): void {
    this.#waiting.push({ number, record, done });
    if (this.#waiting.length === 1) setImmediate(() => this.#flush());
  }

  close(): void {
    this.#waiting = [];
    this.#database?.close();
    this.#database = null;
  }

  #flush(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    if (batch.length === 0) return;
    const error = this.#writeAll(batch);
    for (const { done } of batch) done(error);
  }

  #writeAll(batch: readonly Waiting[]): Error | null {
    try {
      const database = this.#open();
      database.exec('BEGIN IMMEDIATE');
      try {
        for (const { number, record } of batch) this.#write?.run(number, record.outcome === null ? 0 : 1, encodeRecord(record));
        this.#prune(batch.length);
        database.exec('COMMIT');
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
      return null;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #prune(more: number): void {
    const before = this.#written;
    this.#written += more;
    if (Math.floor(before / PRUNE_EVERY) === Math.floor(this.#written / PRUNE_EVERY)) return;
    const keep = 'SELECT number FROM records WHERE ended = 1 ORDER BY number DESC LIMIT 1 OFFSET ?';
    this.#open().prepare(`DELETE FROM records WHERE ended = 1 AND number < (${keep})`).run(ENDED_KEPT);
  }

  #open(): DatabaseSyncInstance {
    if (this.#database !== null) return this.#database;
    const database = new DatabaseSync(this.#path);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    database.exec('CREATE TABLE IF NOT EXISTS records (number INTEGER PRIMARY KEY, ended INTEGER NOT NULL, record BLOB NOT NULL) STRICT');
    // A decision never becomes a vote again.
    this.#write = database.prepare(
      'INSERT INTO records VALUES (?, ?, ?) ON CONFLICT (number) DO UPDATE SET ended = excluded.ended, record = excluded.record WHERE ended = 0',
    );
    this.#database = database;
    return database;
  }
}
