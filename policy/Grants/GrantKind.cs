namespace JitProxy.Policy.Grants;

/// <summary>What a grant lets its user run.</summary>
public enum GrantKind : byte
{
    /// <summary>One exact, read-only statement.</summary>
    Statement = 0,

    /// <summary>Any statement of the kinds that a database role names.</summary>
    Role,
}
