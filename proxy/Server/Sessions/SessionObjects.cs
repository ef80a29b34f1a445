using System.Globalization;
using System.Text;
using JitProxy.Server.Capture;

namespace JitProxy.Server.Sessions;

/// <summary>The prepared statements and portals of a session by the names that its client gave them; bounded.</summary>
internal sealed class SessionObjects
{
    /// <summary>Named statements, and named portals, that one session may hold.</summary>
    public const int CountMax = 4096;

    private readonly Dictionary<string, ClientStatement> _statements = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Portal> _portals = new(StringComparer.Ordinal);
    private long _lastPortal;

    /// <summary>The statement of this name, or null.</summary>
    public ClientStatement? FindStatement(string name) => _statements.GetValueOrDefault(name);

    /// <summary>Sets a statement; an answer is what speaks against it.</summary>
    public string? SetStatement(string name, ClientStatement statement)
    {
        if (_statements.Count >= CountMax && !_statements.ContainsKey(name))
            return $"a session may hold at most {CountMax} prepared statements; close some";

        _statements[name] = statement;
        return null;
    }

    /// <summary>Takes a statement away.</summary>
    public ClientStatement? RemoveStatement(string name) => _statements.Remove(name, out var statement) ? statement : null;

    /// <summary>The client had all its statements discarded.</summary>
    public void ForgetStatements() => _statements.Clear();

    /// <summary>The portal of this name, or null.</summary>
    public Portal? FindPortal(string name) => _portals.GetValueOrDefault(name);

    /// <summary>Sets a portal; an answer is what speaks against it.</summary>
    public string? SetPortal(string name, Portal portal)
    {
        if (_portals.Count >= CountMax && !_portals.ContainsKey(name))
            return $"a session may hold at most {CountMax} portals; close some, or end the transaction";

        if (_portals.TryGetValue(name, out var replaced))
            replaced.Release();

        _portals[name] = portal;
        return null;
    }

    /// <summary>Takes a portal away.</summary>
    public Portal? RemovePortal(string name) => _portals.Remove(name, out var portal) ? portal : null;

    /// <summary>A name for the upstream: the unnamed portal stays unnamed, since the server replaces it by itself.</summary>
    public byte[] NewPortalName(string name) =>
        name.Length == 0 ? [] : Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"jit_{++_lastPortal}"));

    /// <summary>The transaction is over, and with it every portal.</summary>
    public void EndPortals()
    {
        if (_portals.Count == 0)
            return;

        foreach (var portal in _portals.Values)
            portal.Release();

        _portals.Clear();
    }

    /// <summary>A Query destroys the unnamed statement and portal.</summary>
    public void ForgetUnnamed()
    {
        _statements.Remove("");
        if (_portals.Remove("", out var portal))
            portal.Release();
    }
}
