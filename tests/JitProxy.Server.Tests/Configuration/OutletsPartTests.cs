using NUnit.Framework;

namespace JitProxy.Server.Tests.Configuration;

public sealed class OutletsPartTests
{
    private const string Server = "servers: { shop: { engine: postgresql, listen: 127.0.0.1:6432, upstream: { host: db, user: u } } }\n";

    [Test]
    public void Receivers_and_retention_are_read()
    {
        using var file = new ConfigurationFile(Server + """
            audit:
              retention: 400d
              retention_size: 100GiB
              forward:
                - syslog: unix:///dev/log
                - syslog: udp://127.0.0.1:514
                - { syslog: tcp://log.example:601, plain: true }
                - { otlp: "https://collector:4318/v1/logs", headers: { Authorization: "Bearer ${TOKEN}" } }
            """).With("TOKEN", "secret");
        var audit = file.Load().Audit;

        Assert.That((audit.Retention, audit.RetentionSize), Is.EqualTo((TimeSpan.FromDays(400), 100L << 30)));
        Assert.That(
            audit.Forward.Select(static outlet => outlet.Name),
            Is.EqualTo(new[] { "syslog unix:///dev/log", "syslog udp://127.0.0.1:514", "syslog tcp://log.example:601", "otlp https://collector:4318/v1/logs" }));
        Assert.That(audit.Forward[3].Headers["Authorization"], Is.EqualTo("Bearer secret"));
    }
}
