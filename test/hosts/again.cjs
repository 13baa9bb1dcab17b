// Runs a bundled command again and again in one process, as the test asks: with arguments, environment and folder of its own
// each time, up to the moment at which Node would end the process. What stays is what was loaded and compiled.
const { stdout, stderr } = process;
const events = ['exit', 'SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK', 'warning'];
let running;

function takeOver(stream, name) {
  stream.write = (chunk, encoding, callback) => {
    running.output[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    const done = typeof encoding === 'function' ? encoding : callback;
    if (done !== undefined) process.nextTick(done);
    return true;
  };
}

takeOver(stdout, 'stdout');
takeOver(stderr, 'stderr');

process.on('message', ({ program, args, env, cwd }) => {
  process.channel.unref();
  const before = new Map(events.map((name) => [name, process.listeners(name)]));
  running = { before, output: { stdout: '', stderr: '' } };
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.chdir(cwd);
  process.argv = [process.execPath, program, ...args];
  process.exitCode = undefined;
  delete require.cache[program];
  require(program);
});

process.on('beforeExit', () => {
  if (running === undefined) return;
  const { before, output } = running;
  running = undefined;
  const code = process.exitCode ?? 0;
  for (const name of events) {
    for (const listener of process.listeners(name)) {
      if (before.get(name).includes(listener)) continue;
      if (name === 'exit') listener(code);
      process.removeListener(name, listener);
    }
  }
  process.channel.ref();
  process.send({ code, signal: null, ...output });
});
