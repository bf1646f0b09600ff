// Loaded into the service before its own first line: when dev is killed, nobody reads its log any more or hands it updates,
// and it would hold the database for ever. An end at any moment loses nothing.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))
process.channel?.unref()
