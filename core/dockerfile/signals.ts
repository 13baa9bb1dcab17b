import { Refusal } from './refusal.ts';

const names = new Set(
  (
    'ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP TSTP ' +
    'TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX'
  ).split(' '),
);

/** Refuses what is no Linux signal, neither by number nor by name (moby/sys, signal.ParseSignal). */
export function validateSignal(text: string): void {
  if (/^[+-]?\d+$/.test(text)) {
    if (Number(text) !== 0) return;
  } else {
    const name = text.toUpperCase().replace(/^SIG/, '');
    const [, end, count] = /^RT(MIN\+|MAX-)(\d{1,2})$/.exec(name) ?? [];
    if (names.has(name) || (Number(count) >= 1 && Number(count) <= (end === 'MIN+' ? 15 : 14))) return;
  }
  throw new Refusal('invalid-instruction', null, `invalid signal: ${text}`);
}
