using System.Globalization;
using System.Text;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>Statements of the proxy's own that go ahead of a client's; the client hears nothing of them unless they fail.</summary>
/// <param name="link">The session's connections.</param>
/// <param name="refuser">Knows what is under way.</param>
/// <param name="limits">The limits that the session began with.</param>
internal sealed class OwnStatements(SessionLink link, Refuser refuser, LimitsConfiguration limits)
{
    private static readonly byte[] Name = Encoding.ASCII.GetBytes($"{UpstreamNames.Statement}0");
    private static readonly byte[] PortalName = Encoding.ASCII.GetBytes($"{UpstreamNames.Portal}0");

    /// <summary>Has the server give an export the time that it may take. The caller holds the upstream's turn.</summary>
    /// <param name="ruling">The decision about the statement that comes next.</param>
    public void LengthenFor(Ruling ruling)
    {
        if (ruling.Copy is null)
            return;

        // For the transaction alone, and only where the client has not set a time of its own.
        var usual = limits.ServerTimeout(isExport: false).TotalMilliseconds;
        var longer = limits.ServerTimeout(isExport: true).TotalMilliseconds;
        Send(Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"SELECT pg_catalog.set_config('statement_timeout', '{longer:0}', true)"
            + $" WHERE pg_catalog.current_setting('statement_timeout')::interval = interval '{usual:0} ms'")));
    }

    /// <summary>Sends one. The caller holds the upstream's turn.</summary>
    public void Send(ReadOnlySpan<byte> text)
    {
        var output = link.UpstreamOutput;
        PgClose.Write(output, PgObjectKind.Statement, Name);
        PgParse.Write(output, Name, text, default);
        PgBind.Write(output, PortalName, Name, default, default, default);
        PgExecute.Write(output, PortalName, 0);
        PgClose.Write(output, PgObjectKind.Portal, PortalName);
        refuser.Sent();
        link.Conversation.ExpectAll(
            new(Expected.CloseComplete, false), new(Expected.ParseComplete, false), new(Expected.BindComplete, false), new(Expected.Done, false),
            new(Expected.CloseComplete, false));
    }
}
