namespace JitProxy.Policy.Approval;

/// <summary>The types of the condition language.</summary>
internal enum ConditionType : byte
{
    /// <summary>true or false.</summary>
    Bool = 1,

    /// <summary>A whole or decimal number.</summary>
    Number,

    /// <summary>A string.</summary>
    Text,

    /// <summary>A point in time.</summary>
    Time,

    /// <summary>A length of time.</summary>
    Duration,

    /// <summary>A list of strings; only an attribute has this type.</summary>
    TextList,
}
