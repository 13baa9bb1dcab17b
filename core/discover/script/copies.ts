import { type JobSession, localName, notePush, noteTag, publish } from '../published.ts';
import { notKnown } from '../unknown.ts';
import type { Program, ProgramCall } from './buildpacks.ts';
import { copyOptions, readOptions } from './options.ts';

/** Programs that give images further names, in the registry itself. */
export const programsThatCopy: Readonly<Record<string, Program>> = {
  skopeo: (call, session) => {
    if (call.words[0] === 'copy') copy(call.words.slice(1), call, session);
  },
  crane: (call, session) => {
    const [verb = '', ...words] = call.words;
    if (/^(?:cp|copy)$/.test(verb)) copy(words, call, session);
    else if (verb === 'tag') tagAt(words, call, session);
    else if (verb === 'push') pushedFile(words, call, session);
  },
};

// Copies of images that are built here are further names of them.
function copy(words: readonly string[], { program, line }: ProgramCall, session: JobSession): void {
  const [from = '', to = '', ...more] = readOptions(words, copyOptions).rest.map((word) =>
    word.replace(/^(?:docker|containers-storage|docker-daemon):(?:\/\/)?/, ''),
  );
  const name = more.length === 0 && to !== '' ? to : notKnown('its options are not understood');
  noteTag(session, from, name);
  notePush(session, name, `${program} copy`, line);
}

// `crane tag IMAGE TAG`.
function tagAt([from = '', tag = '']: readonly string[], { line }: ProgramCall, session: JobSession): void {
  const to = `${localName(from).replace(/(?:@.*|:[^:/]*)$/, '')}:${tag}`;
  noteTag(session, from, to);
  notePush(session, to, 'crane tag', line);
}

function pushedFile(words: readonly string[], { line }: ProgramCall, session: JobSession): void {
  publish(session, { names: words.slice(1, 2), by: 'crane push', line });
}

/** Programs that only speak of what stands behind them. */
export const speakingOnly = /^(?:echo|printf|cat|grep|sed|awk|git|logger|tee|:|\[|)$/;

/** Whether the words of another program are a command that publishes. */
export function handsOnPush(words: readonly string[]): boolean {
  const text = words.join(' ').slice(0, 2_000);
  return (
    /(?:^|[\s"';&|(])(?:docker|podman|buildah|nerdctl|crane|skopeo)(?:\s|$)/.test(text) &&
    /\b(?:push|copy|imagetools)\b/.test(text)
  );
}
