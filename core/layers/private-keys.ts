/** What of the content of files is looked for: private keys, whatever the file is called. */
export const privateKeys = { longest: 64 * 1024, in: isPrivateKey };

// RFC 7468 and OpenSSH: a header, lines of fields in old files, and at least a line of Base64. A program that writes
// such files holds the header alone.
const pem =
  /(?:^|\n)-----BEGIN (?:[A-Z\d]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----\r?\n(?:[A-Za-z-]{1,40}: [^\n]{0,200}\n){0,10}(?:\r?\n)?[A-Za-z\d+/=]{16}/;

function isPrivateKey(text: string): boolean {
  return (text.includes('PRIVATE KEY') && pem.test(text)) || text.startsWith('PuTTY-User-Key-File-');
}
