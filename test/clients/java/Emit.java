import io.openlineage.client.OpenLineage;
import io.openlineage.client.OpenLineageClient;
import io.openlineage.client.transports.HttpConfig;
import io.openlineage.client.transports.HttpTransport;
import java.net.URI;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.UUID;

/** Sends START and COMPLETE of some runs of one job: Emit URL JOB RUNS COMPRESSION. */
public final class Emit {
  public static void main(String[] args) throws Exception {
    HttpConfig config = new HttpConfig();
    config.setUrl(URI.create(args[0]));
    if (args[3].equals("gzip")) {
      config.setCompression(HttpConfig.Compression.GZIP);
    }
    OpenLineage ol = new OpenLineage(URI.create("https://example.com/emit.java"));
    ZonedDateTime at = ZonedDateTime.of(2026, 3, 1, 0, 0, 0, 0, ZoneOffset.UTC);
    OpenLineageClient client = OpenLineageClient.builder().transport(new HttpTransport(config)).build();
    for (int i = 0; i < Integer.parseInt(args[2]); i++) {
      UUID run = UUID.nameUUIDFromBytes((args[1] + i).getBytes());
      client.emit(event(ol, OpenLineage.RunEvent.EventType.START, at.plusHours(i), run, args[1]));
      client.emit(event(ol, OpenLineage.RunEvent.EventType.COMPLETE, at.plusHours(i).plusMinutes(1), run, args[1]));
    }
    client.close();
  }

  private static OpenLineage.RunEvent event(OpenLineage ol, OpenLineage.RunEvent.EventType type, ZonedDateTime at, UUID run, String job) {
    return ol.newRunEventBuilder()
        .eventType(type)
        .eventTime(at)
        .run(ol.newRun(run, null))
        .job(ol.newJob("clients", job, null))
        .inputs(List.of(ol.newInputDatasetBuilder().namespace("kafka://k:9092").name("in").build()))
        .outputs(List.of(ol.newOutputDatasetBuilder().namespace("kafka://k:9092").name(job + ".out").build()))
        .build();
  }
}
