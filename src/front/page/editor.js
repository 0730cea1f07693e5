/* The editor: CodeMirror with PostgreSQL's dialect, in a shadow tree, where its styles are adopted sheets, which a strict
   Content-Security-Policy allows. */
import { autocompletion, closeBrackets, closeCompletion, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { PostgreSQL, sql } from '@codemirror/lang-sql';
import { HighlightStyle, bracketMatching, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, setDiagnostics } from '@codemirror/lint';
import { Compartment, EditorState, Prec } from '@codemirror/state';
import { EditorView, drawSelection, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const colours = HighlightStyle.define([
  { tag: tags.keyword, class: 'k' },
  { tag: [tags.string, tags.special(tags.string)], class: 'l' },
  { tag: [tags.number, tags.bool, tags.null], class: 'n' },
  { tag: tags.comment, class: 'c' },
  { tag: [tags.typeName, tags.standard(tags.name)], class: 't' },
]);

const theme = EditorView.theme({
  '&': { color: 'var(--ink)', backgroundColor: 'var(--paper)', fontSize: '14px', maxHeight: '40vh' },
  '&.cm-focused': { outline: 'none' },
  '.cm-content': { minHeight: '8em', caretColor: 'var(--ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-scroller': { fontFamily: 'ui-monospace, monospace', overflow: 'auto' },
  '.cm-gutters': { backgroundColor: 'var(--paper)', color: 'var(--quiet)', borderRight: '1px solid var(--line)' },
  '.cm-tooltip': { backgroundColor: 'var(--paper)', color: 'var(--ink)', border: '1px solid var(--line)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--accent) 30%, transparent) !important',
  },
  '.k': { color: 'var(--accent)', fontWeight: '600' },
  '.l': { color: 'var(--s1)' },
  '.n': { color: 'var(--s2)' },
  '.t': { color: 'var(--s3)' },
  '.c': { color: 'var(--quiet)', fontStyle: 'italic' },
});

/* Positions of the server count characters from 1, the editor's count UTF-16 units from 0. */
function offsetOf(text, position) {
  let offset = 0;
  for (let left = position - 1; left > 0 && offset < text.length; left--) offset += text.codePointAt(offset) > 0xffff ? 2 : 1;
  return offset;
}

export function makeEditor(parent, text, run) {
  const root = parent.attachShadow({ mode: 'open' });
  const language = new Compartment();
  const languageOf = schema => sql({ dialect: PostgreSQL, schema, upperCaseKeywords: true });
  const runKey = { key: 'Mod-Enter', run: view => { closeCompletion(view); run(); return true; } };
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        Prec.highest(keymap.of([runKey])), lineNumbers(), history(), drawSelection(), bracketMatching(), closeBrackets(), autocompletion(),
        keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]), language.of(languageOf({})),
        syntaxHighlighting(colours), lintGutter(), theme, EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': 'SQL' }),
      ],
    }),
  });
  const selected = () => {
    const { from, to, empty } = view.state.selection.main;
    return empty ? { text: view.state.doc.toString(), from: 0 } : { text: view.state.sliceDoc(from, to), from };
  };
  return {
    focus: () => view.focus(),
    selected,
    setText: next => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } }),
    insert: word => { view.dispatch(view.state.replaceSelection(word)); view.focus(); },
    setSchema: schema => view.dispatch({ effects: language.reconfigure(languageOf(schema)) }),
    clearMarks: () => view.dispatch(setDiagnostics(view.state, [])),
    mark: (problem, statement) => {
      if (!problem.position) return;
      const from = Math.min(statement.from + offsetOf(statement.text, problem.position), view.state.doc.length);
      const word = /^\w+/.exec(view.state.sliceDoc(from, from + 80));
      const to = Math.min(from + (word ? word[0].length : 1), view.state.doc.length);
      const message = problem.hint ? `${problem.detail} (${problem.hint})` : problem.detail;
      view.dispatch(setDiagnostics(view.state, [{ from, to, severity: 'error', message }]));
      view.dispatch({ effects: EditorView.scrollIntoView(from) });
    },
  };
}
