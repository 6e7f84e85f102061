/**
 * Connects the public SignalR client to the Events socket and prints what it receives, one JSON object a line.
 *
 * Environment: HUBSTER_URL (with iId and cId), HUBSTER_TOKEN, HUBSTER_SKIP=1 for skipNegotiation. Ends when its input ends.
 */
import { HttpTransportType, HubConnectionBuilder, LogLevel } from '@microsoft/signalr';

const { HUBSTER_URL, HUBSTER_TOKEN, HUBSTER_SKIP } = process.env;
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const options = { accessTokenFactory: () => HUBSTER_TOKEN };
if (HUBSTER_SKIP) {
  options.skipNegotiation = true;
  options.transport = HttpTransportType.WebSockets;
}
const connection = new HubConnectionBuilder().withUrl(HUBSTER_URL, options).configureLogging(LogLevel.None).build();
connection.on('ReceiveDirectActivities', (activity) => print({ activity }));
connection.onclose((error) => print({ closed: error ? error.message : null }));

process.stdin.on('end', async () => {
  await connection.stop();
  process.exit(0);
});
process.stdin.resume();

try {
  await connection.start();
  print({ connected: connection.connectionId });
} catch (error) {
  print({ refused: error.message });
  process.exit(1);
}
