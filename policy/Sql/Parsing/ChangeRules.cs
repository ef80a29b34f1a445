using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>Statements that change data.</summary>
internal abstract class ChangeRules
{
    /// <summary>True if one begins here.</summary>
    public abstract bool IsStart();

    /// <summary>The change that begins here.</summary>
    public abstract ChangeStatement Change(With? with);
}
