using System.Text;
using JitProxy.Policy.Grants;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>Another default database, by COM_INIT_DB or USE: another catalogue, other grants, and the same checks as at the door.</summary>
/// <remarks>Statements that were prepared before keep the database that they were prepared in; the server does the same.</remarks>
internal sealed class Databases(
    Upstream upstream, Reply reply, SessionJudge judge, PolicySnapshots policies, CatalogueCache catalogues, Action<SessionIdentity> onMoved)
{
    /// <summary>The longest name that a server takes, in bytes.</summary>
    private const int NameSizeMax = 256;

    /// <summary>Changes the default database.</summary>
    public async ValueTask<Handled> UseAsync(string name, CancellationToken stop)
    {
        if (name.Length == 0)
            return reply.Error(1046, "3D000", "No database selected");

        var utf8 = Encoding.UTF8.GetBytes(name);
        if (utf8.Length > NameSizeMax || Array.IndexOf(utf8, (byte)0) >= 0 || policies.Current.Configuration.FindProject(judge.Who.Server, name) is null)
        {
            judge.Denied(DenyReason.MessageNotSupported, utf8.AsSpan(0, Math.Min(utf8.Length, NameSizeMax)), "no project covers the database", null);
            return reply.Error(1044, "42000", $"no project of JitProxy covers database '{name}' of server {judge.Who.Server}");
        }

        var moved = judge.Who with { Database = name };
        try
        {
            await catalogues.GetAsync(moved.QualifiedDatabase, stop);
        }
        catch (CatalogueFaultException e)
        {
            return reply.Refuse(e.Fault.ToRefusal(moved.Server, name));
        }

        var answer = await upstream.AskForDatabaseAsync(utf8);
        if (!answer.IsOk)
            return reply.Error(1049, "42000", $"Unknown database '{name}'");

        judge.Who = moved;
        onMoved(moved);
        return reply.OkInDatabase(utf8);
    }
}
