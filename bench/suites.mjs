// The suites by name: the size that is usual (rows, or a scale factor), the title of a size, the tables with their columns and
// the column that chDB sorts them by, the calls of `runnel generate` that make their files, the queries.
//
// A query is written once, in the SQL that all engines share; where one wants other words, its `chdb` or `duckdb` changes the
// text. `ordered` says that the order of the rows is part of the answer; where ties leave the answer open, `checked` is the text
// whose answers are compared. `borrowed` says where in the corpora queries come from that are not the project's: they are not
// written anywhere.
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { events } from './suites/events.mjs';
import { hits } from './suites/hits.mjs';
import { tpch } from './suites/tpch.mjs';

export const suites = { events, hits, tpch };

// Where the data that is not part of the project lies.
export const corpora = resolve(process.env.RUNNEL_CORPORA ?? join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'shared', 'corpora'));
