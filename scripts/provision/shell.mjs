import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Runs a program without a shell; resolves with its stdout, or throws with the end of what it said. */
export function run(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', (error) => reject(new Error(`${file}: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(stdout);
      const said = (stderr.trim() || stdout.trim()).split('\n').slice(-4).join(' | ');
      reject(new Error(`${file} ${args[0] ?? ''} ended with ${code ?? signal}: ${said}`));
    });
  });
}

/** Why this machine cannot have the Debian parts, or null. */
export function debianHost() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'needs Linux on x64';
  if (!existsSync('/etc/debian_version') || !existsSync('/usr/bin/apt-get')) return 'needs Debian with apt-get';
  return /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8')) ? null : 'needs Debian itself';
}

/** Throws where the process is not root. */
export function needRoot() {
  if (process.getuid?.() !== 0) throw new Error('needs root');
}
