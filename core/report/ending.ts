import type { Conclusion, Host } from '../ports.ts';
import { listed } from '../text/words.ts';

/** How each way of ending reads where nothing has a name. */
export type EndingSentences = Readonly<Record<Conclusion, string>>;

const leads: EndingSentences = {
  succeeded: '',
  'policy-failed': 'Refused by policy',
  'usage-error': 'Wrong in the arguments or the configuration',
  incomplete: 'Not completed',
};

/** A host that remembers what a run reported as errors, so that its last line can name them. */
export function remembering(host: Host): {
  readonly host: Host;
  words(conclusion: Conclusion, sentences: EndingSentences): string;
} {
  const failed = new Set<string>();
  const outdated = new Set<string>();
  return {
    host: {
      ...host,
      log: (level, message) => {
        if (level === 'error') failed.add(subjectOf(message));
        host.log(level, message);
      },
      annotate: (annotation) => {
        const name = annotation.title.includes(': ') ? subjectOf(annotation.title) : annotation.path;
        if (annotation.level !== 'notice') (annotation.level === 'error' ? failed : outdated).add(name);
        host.annotate(annotation);
      },
    },
    words: (conclusion, sentences) => {
      // Where only staleness is refused, nothing has failed.
      const names = failed.size > 0 || conclusion !== 'policy-failed' ? failed : outdated;
      if (conclusion === 'succeeded' || names.size === 0) return sentences[conclusion];
      return `${leads[conclusion]}: ${listed([...names])}.`;
    },
  };
}

// Messages have the form "subject: fact; remedy."
function subjectOf(message: string): string {
  const [subject = message] = message.split(': ', 1);
  return subject;
}
