using System.Globalization;
using System.Text;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>The prepared statements and portals of a session by the names that its client gave them; bounded.</summary>
internal sealed class SessionObjects
{
    /// <summary>Named statements, and named portals, that one session may hold.</summary>
    public const int CountMax = 4096;

    /// <summary>Bytes of texts, parameter types and parameters that one session may hold.</summary>
    public const long SizeMax = 64 * 1024 * 1024;

    private readonly Dictionary<string, ClientStatement> _statements = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Portal> _portals = new(StringComparer.Ordinal);
    private byte[] _lastNameBytes = [];
    private string _lastName = "";
    private long _lastPortal;
    private long _size;

    /// <summary>A name on the wire as a string; the one that came last is not made again.</summary>
    public string NameOf(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
            return "";

        if (utf8.SequenceEqual(_lastNameBytes))
            return _lastName;

        (_lastNameBytes, _lastName) = (utf8.ToArray(), Encoding.UTF8.GetString(utf8));
        return _lastName;
    }

    /// <summary>The statement of this name, or null.</summary>
    public ClientStatement? FindStatement(string name)
    {
        if (!_statements.TryGetValue(name, out var statement))
            return null;

        if (!statement.IsMissing)
            return statement;

        RemoveStatement(name);
        return null;
    }

    /// <summary>Sets a statement; an answer is what speaks against it.</summary>
    public string? SetStatement(string name, ClientStatement statement)
    {
        // The unnamed one always has its place: it is replaced, not added to.
        if (name.Length != 0 && _statements.Count >= CountMax && !_statements.ContainsKey(name))
            return $"a session may hold at most {CountMax} prepared statements; close some";

        if (_size + statement.Size > SizeMax)
            return $"the prepared statements and portals of a session may have at most {SizeMax} bytes; close some";

        RemoveStatement(name);
        _size += statement.Size;
        _statements[name] = statement;
        statement.Name = name;
        return null;
    }

    /// <summary>Takes a statement away.</summary>
    public ClientStatement? RemoveStatement(string name)
    {
        if (!_statements.Remove(name, out var statement))
            return null;

        _size -= statement.Size;
        return statement;
    }

    /// <summary>Gives a statement back that was closed in a pipeline that failed, unless its name means another one by now.</summary>
    public void Restore(ClientStatement statement)
    {
        // Its Close upstream was skipped as well, and is sent again sooner or later.
        if (statement is { Ruling.Kind: RulingKind.Housekeeping, Upstream: { } upstream })
            upstream.IsLost = true;

        if (!_statements.ContainsKey(statement.Name))
            SetStatement(statement.Name, statement);
    }

    /// <summary>The client had all its statements discarded.</summary>
    public void ForgetStatements()
    {
        foreach (var statement in _statements.Values)
            _size -= statement.Size;

        _statements.Clear();
    }

    /// <summary>The session left its connection to the server, and with it all that was prepared there.</summary>
    public void ForgetUpstream()
    {
        foreach (var statement in _statements.Values)
        {
            if (statement.Upstream is { } upstream)
                upstream.IsLost = true;
        }
    }

    /// <summary>The portal of this name, or null.</summary>
    public Portal? FindPortal(string name) => _portals.GetValueOrDefault(name);

    /// <summary>Sets a portal; an answer is what speaks against it.</summary>
    public string? SetPortal(string name, Portal portal)
    {
        if (_portals.Count >= CountMax && !_portals.ContainsKey(name))
            return $"a session may hold at most {CountMax} portals; close some, or end the transaction";

        if (_size + portal.Parameters.Length > SizeMax)
            return $"the prepared statements and portals of a session may have at most {SizeMax} bytes; close some";

        RemovePortal(name)?.Release();
        _size += portal.Parameters.Length;
        _portals[name] = portal;
        portal.Name = name;
        return null;
    }

    /// <summary>Takes a portal away.</summary>
    public Portal? RemovePortal(string name)
    {
        if (!_portals.Remove(name, out var portal))
            return null;

        _size -= portal.Parameters.Length;
        return portal;
    }

    /// <summary>A name for the upstream: the unnamed portal stays unnamed, since the server replaces it by itself.</summary>
    public byte[] NewPortalName(string name) =>
        name.Length == 0 ? [] : Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{UpstreamNames.Portal}{++_lastPortal}"));

    /// <summary>The transaction is over, and with it every portal.</summary>
    public void EndPortals()
    {
        if (_portals.Count == 0)
            return;

        foreach (var portal in _portals.Values)
        {
            _size -= portal.Parameters.Length;
            portal.Release();
        }

        _portals.Clear();
    }

    /// <summary>A Query destroys the unnamed statement and portal.</summary>
    public void ForgetUnnamed()
    {
        RemoveStatement("");
        RemovePortal("")?.Release();
    }
}
