using System.Collections.Immutable;
using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Grants;

/// <summary>A statement that asks to run: whose it is, where, and what it says.</summary>
/// <param name="Dialect">The language of the server.</param>
/// <param name="User">Who sends it, as signed in.</param>
/// <param name="Database">Where, as <c>server/database</c>.</param>
/// <param name="Schema">The schema in which its unqualified names are looked up.</param>
/// <param name="Form">What it says.</param>
/// <param name="AskedGrant">The one grant that the session wants to use; null leaves the choice to the judge.</param>
/// <param name="NeedsExport">True for bulk extraction: only grants with Export count.</param>
/// <param name="ComesFrom">Whether it comes from one of these networks; null if that is not known, and then it comes from none.</param>
public readonly record struct StatementPlea(
    SqlDialect Dialect,
    string User,
    string Database,
    string Schema,
    NormalForm Form,
    long? AskedGrant = null,
    bool NeedsExport = false,
    Func<ImmutableArray<string>, bool>? ComesFrom = null)
{
    /// <summary>Whether a grant for these networks may be used; one for none in particular may be used from everywhere.</summary>
    internal bool IsWithin(ImmutableArray<string> networks) => networks.IsEmpty || ComesFrom?.Invoke(networks) == true;

    /// <summary>The key under which a grant for exactly this is found.</summary>
    public StatementKey Key => StatementKey.Compute(Dialect, User, Database, Schema, Form);
}
